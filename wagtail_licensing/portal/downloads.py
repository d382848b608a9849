"""The files behind gates that a person may open."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from wagtail.documents import get_document_model

from ..access import only_accessible
from ..models import Gate, License, LicenseSeat
from ..models.gates import GateAudience, GateKind, WithoutAccess
from ..models.licenses import SeatState


def gated_documents_open_to(user: Any, at: datetime) -> QuerySet[Any]:
    """Return the documents behind a gate, their own or a collection's, that open for ``user``.

    Documents that are free for everybody by their own gate are left out: nobody has to look for
    them here. One query for the gates, and what ``only_accessible`` costs.
    """
    gates = Gate.objects.exclude(audience=GateAudience.EVERYONE)
    return only_accessible(_documents_behind(gates), user, at).order_by("title", "pk")


def held_documents_closed_to(user: Any, at: datetime) -> QuerySet[Any]:
    """Return the documents that a product opens which ``user`` holds or has held, and that are closed
    now: the license has ended or waits, or the file opens later. Hidden ones are left out.

    Two queries for the gates, and what ``only_accessible`` costs.
    """
    seats = LicenseSeat.objects.filter(user_id=user.pk, state=SeatState.ASSIGNED)
    held = License.objects.filter(Q(user_id=user.pk) | Q(pk__in=seats.values("license_id")))
    gates = Gate.objects.filter(
        audience=GateAudience.LICENSED, rules__product__in=held.values("product_id")
    ).exclude(without_access=WithoutAccess.NOT_FOUND)
    documents = _documents_behind(gates.distinct())
    opened = only_accessible(documents, user, at).order_by().values("pk")
    return documents.exclude(pk__in=opened).order_by("title", "pk")


def _documents_behind(gates: QuerySet[Gate]) -> QuerySet[Any]:
    """Return the documents behind ``gates``, those of documents and of collections. One query."""
    document_ids = []
    where = Q()
    of_files = gates.filter(kind__in=[GateKind.DOCUMENT, GateKind.COLLECTION])
    for document_id, collection_path in of_files.values_list("document_id", "collection__path"):
        if document_id:
            document_ids.append(document_id)
        else:
            where |= Q(collection__path__startswith=collection_path)
    documents = get_document_model().objects
    if not document_ids and not where:
        return documents.none()
    return documents.filter(where | Q(pk__in=document_ids) if where else Q(pk__in=document_ids))
