"""Asks before a form of the Licensing menu changes gates so that somebody loses something."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from ..conf import now
from ..gates.impact import Impact, impact_on_gates
from ..models import Gate
from .access_screen import impact_words, is_confirmed

#: What a form sends that says nothing about what is wanted.
_NOT_WANTED = frozenset({"csrfmiddlewaretoken", "confirmed", "next"})


def question_about(impact: Impact, request: HttpRequest, what: str) -> dict[str, Any] | None:
    """Return what has to be confirmed before ``request`` does this, None where nothing has to be or
    it came back confirmed: the words, and what is sent with the answer.

    ``what`` names the object. The answer holds for just this object, person, form and impact: when
    one of them is another by the time the answer comes, it is asked again.
    """
    if not impact.is_harmful:
        return None
    token = _token(impact, request, what)
    if is_confirmed(request.POST.get("confirmed", ""), token):
        return None
    return {"words": impact_words(impact), "token": token}


def _token(impact: Impact, request: HttpRequest, what: str) -> str:
    wanted = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_WANTED)
    numbers = [impact.lose, impact.public, impact.public_others, impact.drops_kept]
    seen = [what, request.user.pk, wanted, numbers]
    return salted_hmac("wagtail_licensing.confirm", repr(seen), algorithm="sha256").hexdigest()


class ConfirmedFormMixin:
    """For the create and edit views of what decides who opens what.

    A view says by ``touched_gates()`` which gates its form changes, and by ``saved_gates(saved)``
    which it has changed or made. What it would do is tried on a second form of the same data.
    """

    request: HttpRequest
    form: Any
    model: type[Any]
    template_name = "wagtail_licensing/admin/confirmed_form.html"
    confirm: dict[str, Any] | None = None

    def changes_gates(self) -> bool:
        """Tell whether the valid form changes gates at all."""
        return True

    def touched_gates(self) -> list[Gate]:
        """Return the gates that stand now and that the valid form may change."""
        raise NotImplementedError

    def saved_gates(self, saved: Any) -> list[int]:
        """Return the ids of the gates that ``saved`` has to do with."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, or ask first."""
        self.form = form
        if not self.changes_gates():
            return super().form_valid(form)  # type: ignore[misc]
        impact = impact_on_gates(self._try, gates=self.touched_gates(), at=now())
        what = f"{self.model._meta.label}:{form.instance.pk}"
        self.confirm = question_about(impact, self.request, what)
        if self.confirm is None:
            return super().form_valid(form)  # type: ignore[misc]
        return self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined]

    def _try(self) -> list[int]:
        """Save a form of the same data: what is saved and taken back has numbers that are not there."""
        kwargs = self.get_form_kwargs()  # type: ignore[attr-defined]
        pk = self.form.instance.pk
        kwargs["instance"] = self.model() if pk is None else self.model._default_manager.get(pk=pk)
        form = type(self.form)(**kwargs)
        if not form.is_valid():  # changed meanwhile: the real form will say so
            return []
        return self.saved_gates(form.save())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what has to be confirmed."""
        return {**super().get_context_data(**kwargs), "confirm": self.confirm}  # type: ignore[misc]


class ConfirmedDeleteMixin:
    """For the delete views of the same: the page that asks anyway says what would happen."""

    request: HttpRequest
    object: Any
    template_name = "wagtail_licensing/admin/confirmed_delete.html"

    def touched_gates(self) -> list[Gate]:
        """Return the gates that change."""
        raise NotImplementedError

    def take_away(self) -> None:
        """Delete the object for a trial."""
        raise NotImplementedError

    def _try(self) -> list[int]:
        self.take_away()
        return []

    @cached_property
    def impact(self) -> Impact:
        """Return what deleting would do."""
        return impact_on_gates(self._try, gates=self.touched_gates(), at=now())

    def question(self) -> dict[str, Any] | None:
        """Return what has to be confirmed first, None where nothing has to be."""
        what = f"delete {type(self.object)._meta.label}:{self.object.pk}"
        return question_about(self.impact, self.request, what)

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete, or ask first: what was shown may have changed since."""
        if self.question() is not None:
            return self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined]
        return super().form_valid(form)  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what has to be confirmed, and what would happen though nobody loses by it."""
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        words = impact_words(self.impact)
        return {**context, "confirm": self.question(), "impact_words": words}


__all__ = ["ConfirmedDeleteMixin", "ConfirmedFormMixin", "question_about"]
