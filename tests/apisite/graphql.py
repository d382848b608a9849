"""What wagtail-grapple shows of the pages of the test site: everything."""

from grapple.helpers import register_streamfield_block
from grapple.models import (
    GraphQLCollection,
    GraphQLDocument,
    GraphQLForeignKey,
    GraphQLImage,
    GraphQLPage,
    GraphQLStreamfield,
    GraphQLString,
)


def describe():
    """Name the fields of each model for grapple; called while the models load."""
    from tests.testapp.models import ArticlePage, StreamPage

    from .models import CardBlock, HubLink, HubPage, TeaserPage, Topic

    ArticlePage.graphql_fields = [
        GraphQLString("introduction"),
        GraphQLString("body"),
        GraphQLPage("related"),
    ]
    StreamPage.graphql_fields = [GraphQLStreamfield("body")]
    TeaserPage.graphql_fields = [
        GraphQLString("introduction"),
        GraphQLString("body"),
        GraphQLStreamfield("notes"),
    ]
    HubPage.graphql_fields = [
        GraphQLStreamfield("content"),
        GraphQLPage("related"),
        GraphQLForeignKey("article", ArticlePage),
        GraphQLDocument("document"),
        GraphQLImage("image"),
        GraphQLForeignKey("topic", "apisite.Topic"),
        GraphQLCollection(GraphQLForeignKey, "links", "apisite.HubLink"),
        GraphQLCollection(GraphQLForeignKey, "articles", "testapp.ArticlePage"),
    ]
    HubLink.graphql_fields = [
        GraphQLPage("page"),
        GraphQLForeignKey("article", ArticlePage),
        GraphQLDocument("document"),
    ]
    Topic.graphql_fields = [GraphQLString("name"), GraphQLPage("page"), GraphQLDocument("document")]
    register_streamfield_block(CardBlock)
    CardBlock.graphql_fields = [
        GraphQLString("heading"),
        GraphQLPage("page"),
        GraphQLDocument("document"),
    ]
