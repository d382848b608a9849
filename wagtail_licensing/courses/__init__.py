"""Courses: order, progress and what comes next."""
