"""All endpoints together: their addresses, their errors, and what caches are told."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from ..gates.headers import forbid_storing
from . import access, learning, me
from .targets import NotThere

VERSION = "1"


class LicensingAPI(NinjaAPI):
    """An API whose every answer is for one person: no cache keeps any, errors included."""

    def create_response(self, request: HttpRequest, data: Any, **kwargs: Any) -> HttpResponse:
        """Return the answer with its headers."""
        response: HttpResponse = forbid_storing(super().create_response(request, data, **kwargs))
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def get_openapi_operation_id(self, operation: Any) -> str:
        """Return the name of the function: short, and the same wherever the module lies."""
        return str(operation.view_func.__name__)


api = LicensingAPI(
    title="Licensing",
    version=VERSION,
    description="What a member holds, may open, learns and downloads. See the reference of the site.",
    urls_namespace="wagtail_licensing:api",
    docs_url=None,
)
api.add_router("", me.router)
api.add_router("", access.router)
api.add_router("", learning.router)


def _problem(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    code = HTTPStatus(status).name.lower()
    return api.create_response(request, {"code": code, "detail": detail}, status=status)


@api.exception_handler(NotThere)
@api.exception_handler(Http404)
def _not_there(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(request, 404, "There is nothing of the kind.")


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(request, 401, "Sign in first.")


@api.exception_handler(HttpError)
def _error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(request, error.status_code, str(error))


@api.exception_handler(ValidationError)
def _not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {str(row["loc"][-1]) for row in error.errors if row.get("loc")}
    return _problem(request, 400, f"Not understood: {', '.join(sorted(wrong))}.")
