"""Every page of docs/ is well-formed: tables, blocks of code, and links that lead somewhere."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@every_page
def test_tables_have_a_header_and_rows_of_one_width(page: Path) -> None:
    """A row too many cells long loses the rest without a word."""
    blocks = re.findall(r"(?:^\|.*\n)+", prose(page), re.MULTILINE)
    for block in blocks:
        rows = block.splitlines()
        assert re.fullmatch(r"\|( --- \|)+", rows[1]), block
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
        assert len(widths) == 1, block
        assert all(row.endswith(" |") for row in rows), block


@every_page
def test_blocks_of_code_are_closed_and_name_their_language(page: Path) -> None:
    """Fences come in pairs."""
    fences = re.findall(r"^```(\w*)$", page.read_text("utf-8"), re.MULTILINE)
    assert fences[1::2] == [""] * (len(fences) // 2)
    assert "" not in fences[::2]
    assert len(fences) % 2 == 0


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Files beside the page, and headings in them."""
    broken = []
    for target in re.findall(r"\]\((?!http)([^)]+)\)", prose(page)):
        file, _, anchor = target.partition("#")
        other = page.parent / file if file else page
        if not other.is_file() or (anchor and anchor not in anchors(other)):
            broken.append(target)
    assert broken == []


@every_page
def test_pages_begin_with_their_title(page: Path) -> None:
    """One heading of the first level, at the top."""
    assert page.read_text("utf-8").startswith("# ")
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1


def test_there_are_pages() -> None:
    """The tests above have something to look at."""
    assert len(PAGES) >= 5
