"""Every way to content. Add one in the module of its sort; the matrix does the rest."""

from . import admin, apis, caches, courses, files, graphql, json_api, lists, lms, pages, parts
from .visit import CHANNELS, Channel, Visit, text_of

__all__ = [
    "CHANNELS",
    "Channel",
    "Visit",
    "admin",
    "apis",
    "caches",
    "courses",
    "files",
    "graphql",
    "json_api",
    "lists",
    "lms",
    "pages",
    "parts",
    "text_of",
]
