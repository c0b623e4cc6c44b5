"""What the newsletter's pages are asked."""

from __future__ import annotations

from wtforms import BooleanField, SelectField
from wtforms.fields import EmailField
from wtforms.validators import InputRequired, Length

from jalon.forms import InstantField, JalonForm, LineField, ParagraphField
from jalon_newsletter.i18n import _l
from jalon_newsletter.models import Kind


class JoinForm(JalonForm):
    """A visitor asks for the letter."""

    email = EmailField(
        _l("Your e-mail address"),
        [InputRequired(_l("Write your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "email"},
    )
    name = LineField(_l("Your name (if you like)"), [Length(max=120)], render_kw={"autocomplete": "name"})
    agrees = BooleanField(_l("I agree"))


class TitleForm(JalonForm):
    """The subject of an issue."""

    title = LineField(
        _l("Subject"),
        [InputRequired(_l("Say what the letter is called: it is the subject of the mail.")), Length(max=120)],
    )


class HeadingForm(JalonForm):
    """A heading."""

    words = LineField(_l("Heading"), [InputRequired(_l("Write something here.")), Length(max=200)])


class TextForm(JalonForm):
    """Some paragraphs."""

    words = ParagraphField(
        _l("Text"),
        [InputRequired(_l("Write something here.")), Length(max=8000)],
        description=_l("An empty line begins a paragraph. A link: paste its address, or [words](https://address)."),
        render_kw={"rows": 10},
    )


class ButtonForm(JalonForm):
    """A button and the page it opens."""

    label = LineField(_l("What is written on it"), [InputRequired(_l("Say what is written on it.")), Length(max=120)])
    address = LineField(
        _l("Page it opens"),
        [InputRequired(_l("Paste the whole address of a page; it begins with https://.")), Length(max=500)],
        description=_l("The whole address, https://…"),
    )


class EventForm(JalonForm):
    """Something that takes place."""

    label = LineField(_l("What"), [InputRequired(_l("Say what is written on it.")), Length(max=120)])
    starts_at = InstantField(_l("When"), [InputRequired(_l("Say when it is."))])
    place = LineField(_l("Where"), [Length(max=160)])
    address = LineField(_l("Page that says more"), [Length(max=500)], description=_l("The whole address, https://…"))
    words = ParagraphField(_l("A few words"), [Length(max=2000)], render_kw={"rows": 4})


class LiveForm(JalonForm):
    """What a module fills by itself."""

    source = SelectField(
        _l("What is shown"),
        description=_l("The figures are those of now while you write, and stay as they are once it is sent."),
    )


FORMS: dict[Kind, type[JalonForm]] = {
    Kind.HEADING: HeadingForm,
    Kind.TEXT: TextForm,
    Kind.BUTTON: ButtonForm,
    Kind.EVENT: EventForm,
    Kind.LIVE: LiveForm,
}
