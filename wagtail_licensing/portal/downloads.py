"""The files behind gates that a person may open."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from wagtail.documents import get_document_model

from ..access import only_accessible
from ..models import Gate
from ..models.gates import GateAudience, GateKind


def gated_documents_open_to(user: Any, at: datetime) -> QuerySet[Any]:
    """Return the documents behind a gate, their own or a collection's, that open for ``user``.

    Documents that are free for everybody by their own gate are left out: nobody has to look for
    them here. One query for the gates, and what ``only_accessible`` costs.
    """
    gates = Gate.objects.exclude(audience=GateAudience.EVERYONE).filter(
        kind__in=[GateKind.DOCUMENT, GateKind.COLLECTION]
    )
    document_ids = []
    where = Q()
    for document_id, collection_path in gates.values_list("document_id", "collection__path"):
        if document_id:
            document_ids.append(document_id)
        else:
            where |= Q(collection__path__startswith=collection_path)
    documents = get_document_model().objects
    if not document_ids and not where:
        return documents.none()
    gated = (
        documents.filter(where | Q(pk__in=document_ids))
        if where
        else documents.filter(pk__in=document_ids)
    )
    return only_accessible(gated, user, at).order_by("title", "pk")
