"""How a letter looks: in mail each rule stands on its element, on our pages the same rule stands in a file of classes.

Mail programs drop style sheets; our pages allow no rule on an element. `static/letter.css` is `sheet()`, a test holds
them together.
"""

from __future__ import annotations

from markupsafe import Markup

_FONT = "font-family:Arial,Helvetica,sans-serif"
RULES = {
    "page": f"margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2933;{_FONT};font-size:16px;line-height:1.55",
    "letter": "max-width:600px;margin:0 auto;padding:28px 28px 24px;background:#ffffff;border-radius:10px",
    "who": "margin:0 0 4px;color:#52606d;font-size:14px",
    "title": f"margin:0 0 22px;color:#111827;{_FONT};font-size:26px;line-height:1.25;font-weight:700",
    "h": f"margin:28px 0 8px;color:#111827;{_FONT};font-size:20px;line-height:1.3;font-weight:700",
    "p": "margin:0 0 14px",
    "a": "color:#4338ca;text-decoration:underline",
    "do": "margin:20px 0",
    "button": "display:inline-block;padding:12px 22px;background:#4338ca;border-radius:8px;color:#ffffff;"
    "font-weight:700;text-decoration:none",
    "box": "margin:20px 0;padding:16px 18px;background:#f5f7ff;border-left:4px solid #4338ca;border-radius:6px",
    "boxtitle": "margin:0 0 6px;color:#111827;font-size:17px;font-weight:700",
    "line": "margin:0 0 4px",
    "foot": "max-width:600px;margin:18px auto 0;padding:0 16px;color:#52606d;font-size:13px;line-height:1.5",
}


def on_element(name: str) -> Markup:
    """For mail."""
    return Markup(' style="{}"').format(RULES[name])


def by_class(name: str) -> Markup:
    """For a page of ours."""
    return Markup(' class="letter-{}"').format(name)


def sheet() -> str:
    """The file of classes."""
    head = "/* Written from jalon_newsletter/styles.py: a letter looks on our pages as it does in mail. */\n"
    return head + "".join(f".letter-{name} {{ {rule.replace(';', '; ')}; }}\n" for name, rule in RULES.items())
