"""Preview as somebody else: the editor's preview panel offers a visitor, members and what they hold."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse

from ..compat import page_model
from ..conf import now
from .headers import forbid_storing, never_stored_if_touched, touch
from .personas import answer_as, persona_modes, persona_of
from .wrapping import wrap

_MODES = "_licensing_preview_modes"


def offer_previews() -> None:
    """Add our modes to the previews of every page type; called once, when the application is ready.

    A page type that has ``preview_modes`` of its own keeps those: it adds ``persona_modes()`` itself.
    """
    pages = page_model()
    own = pages.preview_modes
    if getattr(own.fget, "offers_personas", False):
        return

    def preview_modes(self: Any) -> list[tuple[str, str]]:
        # Asked for several times while one page is drawn.
        if _MODES not in self.__dict__:
            self.__dict__[_MODES] = [*own.fget(self), *persona_modes()]
        return list(self.__dict__[_MODES])

    def default_preview_mode(self: Any) -> str:
        modes = own.fget(self) if type(self).preview_modes is pages.preview_modes else self.preview_modes
        return str(modes[0][0])

    preview_modes.offers_personas = True  # type: ignore[attr-defined]
    pages.preview_modes = property(preview_modes)
    pages.default_preview_mode = property(default_preview_mode)
    wrap(pages, "make_preview_request", _as_persona)


def _as_persona(make: Callable[..., Any]) -> Callable[..., Any]:
    def make_preview_request(
        self: Any, original_request: Any = None, preview_mode: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        persona = persona_of(preview_mode)
        if persona is None:
            return make(self, original_request, preview_mode, *args, **kwargs)
        # The request passes the middleware as the editor's and is given to our own serve_preview.
        self.serve_preview = partial(_serve, self, persona)
        try:
            return make(self, original_request, self.default_preview_mode, *args, **kwargs)
        finally:
            del self.serve_preview

    return make_preview_request


def _serve(page: Any, persona: Any, request: Any, mode_name: str) -> HttpResponse:
    """Answer as the page would answer ``persona``: by the paywall, or by the preview of the page whose
    blocks and tags meet the persona as the user."""
    request.user = persona
    touch(request)
    answer = answer_as(page, request, at=now())
    if answer is not None:
        return answer
    response = type(page).serve_preview(page, request, mode_name)
    if hasattr(response, "add_post_render_callback"):
        return never_stored_if_touched(request, response)
    return forbid_storing(response)
