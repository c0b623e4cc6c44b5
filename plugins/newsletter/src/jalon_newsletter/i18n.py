"""This package's sentences."""

from jalon.i18n import Catalogue

_catalogue = Catalogue("jalon_newsletter")
_, _l, ngettext = _catalogue.gettext, _catalogue.lazy, _catalogue.ngettext
