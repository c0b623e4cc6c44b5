"""What a mail would have fetched when it is read."""

from __future__ import annotations

import pytest

from jalon import remote_content

INNOCENT = {
    "nothing": "",
    "words and links": '<h1 style="color: #333">Avril</h1><p><a href="https://site.example/p/relais">la suite</a></p>',
    "a picture that it brings": '<img alt="" src="data:image/png;base64,AAAA">',
    "a charset and a style": '<meta charset="utf-8"><style>p { color: #333 }</style>',
    "url( in words": "<p>url(https://elsewhere.example)</p>",
}
FETCHING = {
    "a pixel": '<img src="https://elsewhere.example/p.png">',
    "a pixel without scheme": '<img src="//elsewhere.example/p.png">',
    "a pixel in capitals": '<IMG SRC=" HTTPS://elsewhere.example/p.png">',
    "a set of pictures": '<img srcset="https://elsewhere.example/p.png 2x">',
    "a background": '<table background="https://elsewhere.example/p.png">',
    "a style's picture": '<p style="background: URL (https://elsewhere.example/p.png)">',
    "a style's picture, spelt": r'<p style="background: \75rl(https://elsewhere.example/p.png)">',
    "an imported style": '<style>@import "https://elsewhere.example/s.css";</style>',
    "a style sheet": '<link rel="stylesheet" href="https://elsewhere.example/s.css">',
    "a drawing's picture": '<svg><image xlink:href="https://elsewhere.example/p.png"/></svg>',
    "a script": "<script>1</script>",
    "a handler": '<p onclick="1">',
    "a refresh": '<meta http-equiv="refresh" content="0; url=https://elsewhere.example">',
    "a base": '<base href="https://elsewhere.example/">',
    "a form": '<form action="https://elsewhere.example">',
    "a comment that one program reads": '<!--[if mso]><img src="https://elsewhere.example/p.png"><![endif]-->',
    "a film's picture": '<video poster="https://elsewhere.example/p.png">',
}


@pytest.mark.parametrize("html", INNOCENT.values(), ids=INNOCENT.keys())
def test_links_and_what_it_brings_itself_are_innocent(html: str) -> None:
    assert not remote_content.found(html)


@pytest.mark.parametrize("html", FETCHING.values(), ids=FETCHING.keys())
def test_whatever_is_fetched_or_run_is_found(html: str) -> None:
    assert remote_content.found(html)
