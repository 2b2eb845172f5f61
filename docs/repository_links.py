"""A preprocessor of mdBook: links that lead out of docs/, such as to config.toml, lead to the repository."""

import json
import posixpath
import re
import sys

REPOSITORY = "https://github.com/better-auth-verifier/better-auth-verifier/blob/main/"
RAW = "https://raw.githubusercontent.com/better-auth-verifier/better-auth-verifier/main/"
LINK = re.compile(r"(?P<picture>!?)(?P<text>\[[^\]]*\])\((?P<path>\.\.?/[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")


def outward(page):
    """Rewrites one link of this page if it leads out of the folder."""

    def rewrite(link):
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link["path"]))
        if path.startswith("docs/"):
            return link[0]
        return f"{link['picture']}{link['text']}({RAW if link['picture'] else REPOSITORY}{path}{link['anchor'] or ''})"

    return rewrite


def walk(items):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            chapter["content"] = LINK.sub(outward(chapter["path"]), chapter["content"])
            walk(chapter["sub_items"])


if sys.argv[1:2] != ["supports"]:
    _, book = json.load(sys.stdin)
    # mdBook before 0.5 calls them sections.
    walk(book.get("items") or book["sections"])
    json.dump(book, sys.stdout)
