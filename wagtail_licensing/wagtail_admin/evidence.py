"""A pack of evidence about one license, for a dispute: one zip, to read and as rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max, Min
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from ..conf import now
from ..models import License
from ..reports.timeline import EVIDENCE_EXPORTED, SOURCES, Scope, scope_of_license
from .evidence_tables import tables_of
from .evidence_zip import Said, Table, instant, stream_zip
from .forms import ReasonForm
from .history import HistoryWords
from .links import license_url, licenses_url, timeline_url
from .permissions import OPERATE_BILLING, VIEW_LICENSES
from .timeline_words import TELLERS
from .words import holder_words, instant_words, state_words

TEMPLATE = "wagtail_licensing/admin/evidence_summary.html"

#: Lines of each kind that the summary shows; the files have them all.
SHOWN = 100


class EvidenceForm(ReasonForm):
    """Why the pack is taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = gettext(
            "For example the id of the dispute. Kept in the log with your name."
        )


class EvidenceView(WagtailAdminTemplateMixin, FormView):
    """Says what is in the pack, asks for a reason, writes down who took it, and sends it."""

    form_class = EvidenceForm
    template_name = "wagtail_licensing/admin/evidence.html"
    page_title = gettext_lazy("Evidence for a dispute")
    header_icon = "download"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not see licenses and operate billing; find the license."""
        if not request.user.has_perms([VIEW_LICENSES, OPERATE_BILLING]):
            raise PermissionDenied
        related = ("product", "policy", "user", "organization")
        self.license = get_object_or_404(License.objects.select_related(*related), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Return the reference."""
        return str(self.license)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(), "label": gettext("Licenses")},
            {"url": license_url(self.license), "label": str(self.license)},
            {
                "url": "",
                "label": gettext("Evidence for a dispute"),
                "sublabel": self.get_page_subtitle(),
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the files of the pack."""
        return super().get_context_data(
            license=self.license,
            tables=tables_of(self.license, Scope(since=self.license.starts_at)),
            button=gettext("Download"),
            back_url=license_url(self.license),
            timeline_url=timeline_url(license=self.license),
            **kwargs,
        )

    def form_valid(self, form: Any) -> StreamingHttpResponse:  # type: ignore[override]
        """Write down who took it and why, before the first byte, and send it."""
        data = {"reason": form.cleaned_data["reason"]}
        log(instance=self.license, action=EVIDENCE_EXPORTED, user=self.request.user, data=data)
        at, by = now(), str(self.request.user.get_username())
        response = StreamingHttpResponse(
            evidence_pack(self.license, at=at, by=by), content_type="application/zip"
        )
        name = f"evidence-{self.license.reference}.zip"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def evidence_pack(license: License, *, at: datetime, by: str) -> Iterator[bytes]:
    """Return a zip about ``license`` in blocks, in the active language and with instants in UTC.

    ``by`` is who asked for it. The rows are read while it is sent, a batch at a time.
    """
    scope = scope_of_license(license)
    tables = tables_of(license, scope)
    made = [
        ("license.json", lambda: _json(facts_of(license, at))),
        *((table.name, table.blocks) for table in tables),
        ("summary.html", lambda: _summary(license, scope, tables, at, by)),
        ("manifest.json", lambda: _json(_manifest(license, tables, at, by))),
    ]
    language = get_language() or "en"
    return stream_zip(((name, Said(_late(blocks), language)) for name, blocks in made), at=at)


def _late(blocks: Any) -> Iterator[bytes]:
    """Make a file only when it is its turn: what comes last counts what came before."""
    yield from blocks()


def _json(data: dict[str, Any]) -> Iterator[bytes]:
    yield json.dumps(data, ensure_ascii=False, indent=2, default=instant).encode()


def facts_of(license: License, at: datetime) -> dict[str, Any]:
    """Return what is known of a license now: its holder, product, the policy that was promised with
    it, and its dates. Instants are UTC."""
    holder = license.user
    policy = license.policy
    return {
        "as_of": instant(at),
        "reference": license.reference,
        "holder": {
            "account": holder.get_username() if holder is not None else None,
            "email": getattr(holder, "email", None),
            "organization": str(license.organization) if license.organization else None,
        },
        "product": {
            "name": license.product.name,
            "slug": license.product.slug,
            "kind": license.product.kind,
        },
        "policy": {
            "version": policy.version,
            "written_at": instant(policy.created_at),
            "terms": {
                name: value if isinstance(value, int | str | None) else str(value)
                for name, value in policy.terms_of_policy.items()
            },
        },
        "state": license.state,
        "source": license.source,
        "mark": license.flag,
        "seats": license.seats_total,
        "renews": license.renews,
        "is_trial": license.is_trial,
        "had_trial": license.had_trial,
        **{
            name: instant(getattr(license, name))
            for name in ("created_at", "starts_at", "ends_at", "access_until", "held_since")
        },
    }


def not_in_it() -> list[str]:
    """Return what a reader may miss, in sentences."""
    return [
        gettext("Which pages were opened, and from which addresses, is not kept."),
        gettext("Whether every byte of a download arrived is not known."),
        gettext("Mails are made when they are sent and not kept; their subjects are those of today."),
        gettext(
            "When a refund or a dispute began is told by the events of Stripe, while those are kept."
        ),
        gettext("Lessons and quizzes do not say which license opened them."),
    ]


def _manifest(license: License, tables: list[Table], at: datetime, by: str) -> dict[str, Any]:
    return {
        "license": license.reference,
        "made_at": instant(at),
        "made_by": by,
        "files": [
            {
                "name": table.name,
                "about": table.about,
                "rows": table.count,
                "columns": list(table.columns),
                "sha256": table.digest,
            }
            for table in tables
        ],
        "not_in_it": not_in_it(),
    }


def _summary(
    license: License, scope: Scope, tables: list[Table], at: datetime, by: str
) -> Iterator[bytes]:
    events = list(license.events.select_related("actor").order_by("-pk")[:SHOWN])
    words = HistoryWords.read(events)
    rows = {source.name: source.rows for source in SOURCES}
    told = {
        name: [TELLERS[name](row) | {"at": row.line_at} for row in _newest(rows[name](scope))]
        for name in ("payment", "invoice", "mail")
    }
    use = rows["download"](scope).aggregate(first=Min("begun_at"), last=Max("begun_at"))
    context = {
        "license": license,
        "holder": holder_words(license),
        "state": state_words(license, at),
        "facts": [
            (gettext("Starts"), instant_words(license.starts_at)),
            (gettext("Ends"), instant_words(license.ends_at)),
            (gettext("Access until"), instant_words(license.access_until)),
            (gettext("Policy"), gettext("version %(number)s") % {"number": license.policy.version}),
        ],
        "history": [words.entry(event) for event in events],
        "told": told,
        "use": use,
        "tables": tables,
        "not_in_it": not_in_it(),
        "shown": SHOWN,
        "at": at.astimezone(UTC),
        "by": by,
        "language": get_language(),
    }
    yield render_to_string(TEMPLATE, context).encode()


def _newest(rows: Any) -> list[Any]:
    return list(rows.order_by("-line_at", "-pk")[:SHOWN])
