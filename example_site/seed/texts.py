# ruff: noqa: E501
"""What there is to read. Locked texts end with a line that stands nowhere else."""

from dataclasses import dataclass

#: A word of locked text only: who finds it without a license has found a leak.
CANARY = "kingfisher"

HOME_INTRODUCTION = (
    "The Long Tail publishes articles, courses and downloads about Wagtail. Some are free; most are "
    "for people who hold a license. Everything here runs on your machine, the payments too."
)
ARTICLES_INTRODUCTION = "Notes from the workshop. A lock marks those that come with Pro or Team."
DOWNLOADS_INTRODUCTION = (
    "Guides and worksheets to print or keep. Basic opens the first shelf, Pro and Team open both."
)
COURSE_INTRODUCTION = (
    "Six evenings from an empty folder to a site that an editor enjoys. The first lesson is free; the "
    "course comes with Pro and Team, or can be bought once and kept."
)
COURSE_BODY = (
    "<p>Each lesson is a text of some twenty minutes, with a task at the end. You need Python, a "
    "terminal and a project that you care about.</p>"
)


@dataclass(frozen=True)
class Text:
    """An article or a lesson."""

    title: str
    slug: str
    minutes: int
    introduction: str
    paragraphs: tuple[str, ...]
    is_pro: bool = False
    #: How many paragraphs stand above a paywall line; 0 for a text without one.
    above_line: int = 0
    #: A paragraph that only Team opens.
    for_team: str = ""

    @property
    def html(self) -> str:
        """Return the body as rich text; that of a locked text ends with the canary."""
        body = "".join(f"<p>{each}</p>" for each in self.paragraphs)
        return body + (f"<p>For members: {CANARY}, {self.slug}.</p>" if self.is_pro else "")


ARTICLES = (
    Text(
        "Write the page model last",
        "write-the-page-model-last",
        6,
        "Sketch what an editor types before you sketch a table. The model follows, and it is smaller.",
        (
            "The first week of a project decides what editing will feel like for years. Ask for three "
            "real pages, on paper, and mark every piece that changes from page to page.",
            "What changes together belongs into one block. What never changes belongs into the template. "
            "What is left is your model, and it is mostly shorter than the one you had in mind.",
            "Only then open the editor. A field that nobody can explain in a sentence does not need a "
            "help text; it needs to go.",
        ),
    ),
    Text(
        "A search backend you already have",
        "a-search-backend-you-already-have",
        5,
        "Wagtail searches the database well enough for a surprising number of sites. Measure first.",
        (
            "The database backend ships with Wagtail and uses the full-text search of the database "
            "itself. There is no service to run and nothing to keep in step.",
            "Fill a copy of your site with ten times its pages and time the twenty queries that people "
            "really send. If the slowest is under a fifth of a second, you are done for this year.",
            "When you do outgrow it, the change is a setting and a command. Nothing in your models moves.",
        ),
    ),
    Text(
        "Redirects before launch, not after",
        "redirects-before-launch",
        4,
        "An hour with the old server's logs saves a month of broken links.",
        (
            "Take the last ninety days of requests, drop what was not found already, and sort by count. "
            "The first two hundred lines are your redirect list.",
            "Import them as a file, follow each once by machine, and keep the check: it is the cheapest "
            "test that a relaunch can have.",
        ),
    ),
    Text(
        "Previews that editors trust",
        "previews-that-editors-trust",
        9,
        "A preview that differs from the page is worse than none. How to make the two agree, for every "
        "kind of visitor.",
        (
            "A preview request is not a visit: there is no session to speak of, and the page has no "
            "published revision yet. Templates that reach for either show the wrong thing.",
            "Name the audiences that your site has and give each a preview mode. Three are enough for "
            "most: a stranger, a member, and whoever the page was written for.",
            "Keep what a mode changes in one method of the page. The template asks the page, and never "
            "the request.",
        ),
        is_pro=True,
    ),
    Text(
        "StreamField without regrets",
        "streamfield-without-regrets",
        12,
        "Blocks are easy to add and hard to take away. Five rules that keep a StreamField small.",
        (
            "Count what is used. A query over the stored JSON tells which blocks appear, and where; the "
            "ones that nobody has touched in a year can go.",
            "Prefer one block with a choice over five blocks with one difference. Editors find it "
            "faster, and a redesign touches one template.",
            "Write the data migration on the day you rename the block, while you remember why.",
        ),
        is_pro=True,
    ),
    Text(
        "Images that weigh nothing",
        "images-that-weigh-nothing",
        8,
        "Formats, sizes and focal points: what to set once so that nobody has to think of it again.",
        (
            "Decide on four widths for the whole site and name them. Every template uses a name, none a "
            "number.",
            "Let the browser choose: a picture element with a modern format first and the old one last "
            "costs one line with the tags that Wagtail brings.",
            "Set focal points for people and leave landscapes alone. Half an hour with the hundred most "
            "seen images changes more than any setting.",
        ),
        is_pro=True,
        above_line=1,
        for_team=(
            "For teams: share the list of the hundred images, one column for who set the point, and "
            "tick them off together."
        ),
    ),
    Text(
        "Workflows for three people",
        "workflows-for-three-people",
        7,
        "Moderation is for small teams too, if it asks for one decision at a time.",
        (
            "Start with one task and one group. A second task has to earn its place by catching something "
            "that the first one let through.",
            "Write into the task what to look at. A checklist of four lines beats a guide of four pages.",
        ),
        is_pro=True,
    ),
    Text(
        "Moving house: imports that can be run twice",
        "imports-that-can-be-run-twice",
        11,
        "Every import is run again. Build it so that the second run changes nothing.",
        (
            "Give each imported page the id it had in the old system, in a field of its own with a unique "
            "constraint. The second run updates; it never adds.",
            "Import in the order of the tree, parents first, and keep a list of what was skipped and why. "
            "The list is the report that the client wants to see.",
            "Run it on a copy every night until launch. On the day, you do what you did yesterday.",
        ),
        is_pro=True,
    ),
)

LESSONS = (
    Text(
        "Monday: an empty folder",
        "monday",
        15,
        "Install, start, look around. A free preview of the course.",
        (
            "Make a folder, a virtual environment, and install Wagtail into it. Start a project with the "
            "command that Wagtail brings, migrate, create yourself as a user, and run it.",
            "Open the admin and change the title of the home page. You have edited a site.",
            "Task: find the file that holds the home page's template, and change one word in it.",
        ),
    ),
    Text(
        "Tuesday: pages of your own",
        "tuesday",
        20,
        "Page types, fields and panels.",
        (
            "A page type is a Django model that inherits from Page. It has fields, and panels that say in "
            "which order the editor sees them.",
            "Task: add a page type for a recipe, with a cooking time, and write two recipes.",
        ),
        is_pro=True,
    ),
    Text(
        "Wednesday: words and blocks",
        "wednesday",
        25,
        "Rich text where it fits, StreamField where it does not.",
        (
            "Rich text is for prose. As soon as something has a shape, such as a step or a quote with a "
            "source, it is a block.",
            "Task: turn the steps of your recipe into blocks, each with a text and a picture.",
        ),
        is_pro=True,
    ),
    Text(
        "Thursday: pictures and files",
        "thursday",
        20,
        "Renditions, collections and documents.",
        (
            "You upload a picture once, and templates ask for the size they need. Collections say who "
            "may choose what.",
            "Task: show your recipe's picture in two sizes, and attach a shopping list as a document.",
        ),
        is_pro=True,
    ),
    Text(
        "Friday: finding things",
        "friday",
        20,
        "Menus, search and redirects.",
        (
            "A menu is a query. Search is one as well, with an index behind it: name the fields that "
            "matter and leave the others out.",
            "Task: add a search box, and find your recipe by one of its steps.",
        ),
        is_pro=True,
    ),
    Text(
        "Weekend: live",
        "weekend",
        30,
        "Settings, a server, and a look back.",
        (
            "Collect static files, point a server at the project, and switch debugging off. Read the "
            "deployment checklist aloud; it is short.",
            "Task: show the site to somebody who has never seen it, and watch without a word.",
        ),
        is_pro=True,
    ),
)

#: The lesson that a section begins with.
SECTIONS = {"monday": "First steps", "wednesday": "Content", "friday": "Going live"}

#: A question, its kind, its answers; the quiz of Friday.
QUIZ = (
    (
        "Which fields of a page does a search box find words in?",
        "single",
        "All of them\n* Those that are named in search_fields\nThose that are shown in the template",
    ),
    (
        "What helps a visitor who follows an old link?",
        "multiple",
        "* A redirect\n* A page that says what is there now\nA longer menu",
    ),
    ("What is a menu, in one word of this lesson?", "text", "query\na query"),
)
QUIZ_LESSON = "friday"

TOOLKIT_INTRODUCTION = (
    "Scripts for editors and for the night shift. Who held a license keeps its versions."
)

#: Number, days since it was released, what is new. In no order.
TOOLKIT = (
    ("1.0", 300, "The first one: find pages that nobody reads."),
    ("2.0", 12, "Runs twice as fast, and says what it skipped.\n\nThe option --force is gone."),
    ("1.1", 120, "Finds pictures without a description, too."),
)
