"""Teams in the portal: organizations, their people and seats, invitations, and handing over."""
