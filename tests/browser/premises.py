"""What a site sells and publishes, for the screens of its members."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.core import signing
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from tests.blocks.conftest import only_for, stream
from tests.conftest import gate_page, make_product
from tests.testapp.models import FilePage, FileVersion, StreamPage
from wagtail_licensing.gates import view_as
from wagtail_licensing.gates.personas import VISITOR
from wagtail_licensing.models import EntitlementRule, Gate, ProductQuestion, Quiz, QuizQuestion

DAY = dt.timedelta(days=1)


class Premises:
    """Products with real prices at the simulator of Stripe, and pages behind them.

    ``paths`` is what stands in the addresses of the screens.
    """

    def __init__(
        self, stripe_world: Any, *, home: Any, article: Any, course: Any, **people: Any
    ) -> None:
        self.shop, self.home, self.article, self.course = stripe_world, home, article, course
        self.people = people
        self.paths: dict[str, Any] = {}
        self.fill_the_shop()
        self.put_up_pages()

    @property
    def now(self) -> dt.datetime:
        """The instant on the clock of the simulator."""
        return self.shop.now

    def fill_the_shop(self) -> None:
        """Something of each kind that can be sold, given or asked for."""
        shop = self.shop
        for product, summary in ((shop.pro, "Everything."), (shop.team, "Pro for everybody.")):
            product.summary, product.terms = summary, "For your own reading.\n\nFor one person."
            product.save()
        shop.make_price(shop.pro, 1300, interval="month", currency="USD")
        shop.pass_.is_giftable = True
        shop.pass_.save()
        self.basic = make_product("Basic")
        self.basic_price = shop.make_price(self.basic, 400, interval="month")
        self.sampler = make_product(
            "Sampler", kind="fixed_term", term_days=30, issue_mode="registration"
        )
        self.fellowship = make_product(
            "Fellowship", kind="fixed_term", term_days=365, issue_mode="approval"
        )
        shop.make_price(self.fellowship, 2500)
        for kind, label, choices in (
            ("line", "Where do you teach?", ""),
            ("text", "What would you do with it?", ""),
            ("choice", "How many people do you teach?", "Up to 10\nMore"),
            ("yes", "I have read the rules", ""),
        ):
            ProductQuestion.objects.create(
                product=self.fellowship, kind=kind, label=label, choices=choices
            )
        self.paths |= {
            "sampler": self.sampler.slug,
            "fellowship": self.fellowship.slug,
            "pass_price": shop.year_pass.pk,
        }

    def file(self, title: str, product: Any = None, **rule: Any) -> Any:
        """Make a document that ``product`` opens."""
        document = get_document_model().objects.create(
            title=title, file=ContentFile(b"x" * 2048, name=f"{title}.pdf"), file_size=2048
        )
        gate = Gate.objects.create(kind="document", document=document)
        EntitlementRule.objects.create(gate=gate, product=product or self.shop.pro, **rule)
        return document

    def put_up_pages(self) -> None:
        """An article, a course with a quiz, files, a page of parts, a page that hides."""
        pro = self.shop.pro
        gate_page(self.article, pro, self.shop.team)
        gate_page(self.course, pro)
        first, second, last = lessons = self.course.get_lessons()
        gate_page(first, audience="everyone")
        self.file("Checklist")
        self.file("Only for the team", self.shop.team)
        limited = self.file("Workbook", downloads_per_month=3)
        self.lesson_files = [SimpleNamespace(document=limited)]
        self.course.gives_certificate = True
        self.course.save()
        quiz = Quiz.objects.create(lesson_id=last.pk, attempts_allowed=3)
        for number, (kind, text, answers) in enumerate(
            [
                ("single", "Which tree?", "Oak\n* Page tree"),
                ("multiple", "Which are fields?", "* RichTextField\n* StreamField\nCornfield"),
                ("text", "Say the word", "wagtail"),
            ]
        ):
            QuizQuestion.objects.create(
                quiz=quiz, sort_order=number, kind=kind, text=text, answers=answers
            )
        toolkit = self.home.add_child(instance=FilePage(title="Toolkit", slug="toolkit"))
        for number in (1, 2):
            FileVersion.objects.create(
                page=toolkit,
                number=f"{number}.0",
                released_at=self.now - (9 - number) * DAY,
                document=self.file(f"toolkit-{number}", downloads_per_month=number),
                notes="What is new.\n\nAnd what is gone.",
            )
        parts = self.home.add_child(
            instance=StreamPage(
                title="A page of parts",
                slug="parts",
                body=stream(
                    ("text", "For everybody."),
                    ("gated", only_for(pro, otherwise="Members see a table here.")),
                ),
            )
        )
        hidden = self.home.add_child(instance=StreamPage(title="Hidden", slug="hidden"))
        gate_page(hidden, pro, without_access="not_found")
        editor = self.people["erin"]
        tokens = {
            page: signing.dumps([str(editor.pk), page.pk, VISITOR], salt=view_as._SALT, compress=True)
            for page in (self.article, hidden)
        }
        self.paths |= {
            "article": self.article.url,
            "course": self.course.url,
            "lesson": second.url,
            "quiz": last.url,
            "free_lesson": first.url,
            "toolkit": toolkit.url,
            "parts": parts.url,
            "as_visitor": f"{self.article.url}?view-as={tokens[self.article]}",
            "as_nobody": f"{hidden.url}?view-as={tokens[hidden]}",
        }
        self.lessons = lessons
