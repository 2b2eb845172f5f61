"""A preprocessor of mdBook: links that lead out of docs/, such as to config.toml, lead to the repository; README.md becomes index.md."""

import json
import posixpath
import re
import sys

REPOSITORY = "https://github.com/better-auth-verifier/better-auth-verifier/blob/main/"
RAW = "https://raw.githubusercontent.com/better-auth-verifier/better-auth-verifier/main/"
LINK = re.compile(r"(?P<picture>!?)(?P<text>\[[^\]]*\])\((?P<path>(?![a-z]+:)[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def links_of(page):
    """Rewrites one link of this page."""

    def rewrite(link):
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link["path"]))
        if path.startswith("docs/"):
            # mdBook renames the page, and no link to it.
            new = re.sub(r"README\.md$", "index.md", link["path"])
        else:
            new = (RAW if link["picture"] else REPOSITORY) + path
        return f"{link['picture']}{link['text']}({new}{link['anchor'] or ''})"

    return rewrite


def walk(items):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            chapter["content"] = LINK.sub(links_of(chapter["path"]), chapter["content"])
            walk(chapter["sub_items"])


if sys.argv[1:2] != ["supports"]:
    _, book = json.load(sys.stdin)
    # mdBook before 0.5 calls them sections.
    walk(book.get("items") or book["sections"])
    json.dump(book, sys.stdout)
