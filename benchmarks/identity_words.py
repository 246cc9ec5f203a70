"""Counts in how many abstracts a word stands, and writes the table that digest/researchers/vocabulary.py reads.

    python -m benchmarks.identity_words --samples ../shared/samples [--write digest/researchers/data/words.json]

Sources: the arXiv days, and the MEDLINE records of author_identity (texts only; no authors, no labels).
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.identity_names import read_lines
from digest.researchers.vocabulary import split_words

LEAST: Final = 6
MOST_WORDS: Final = 10_000
SOURCE: Final = "titles and abstracts of arXiv days (2025-06, 2025-07, 2026-03; CC0) and of MEDLINE records"


def main() -> None:
    """Read the arguments, count, write or print the table."""
    parser = argparse.ArgumentParser(description="Count in how many abstracts a word stands.")
    parser.add_argument("--samples", type=Path, required=True, help="folder with arxiv_daily and author_identity")
    parser.add_argument("--write", type=Path, help="write the table here")
    options = parser.parse_args()
    texts, counts = count(options.samples)
    text = to_json(texts, counts)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    print(f"{texts} texts, {len(text) // 1000} kB")


def count(samples: Path) -> tuple[int, Counter[str]]:
    """Give the number of texts, and by word how many have it."""
    texts = 0
    counts: Counter[str] = Counter()
    for text in read_texts(samples):
        texts += 1
        counts.update(set(split_words(text)))
    return texts, counts


def read_texts(samples: Path) -> Iterator[str]:
    """Give title and abstract of every record, each once."""
    seen: set[str] = set()
    for path in sorted((samples / "arxiv_daily").glob("*.jsonl.gz")):
        for record in read_lines(path):
            if record["id"] not in seen:
                seen.add(record["id"])
                yield f"{record['title']} {record.get('summary') or ''}"
    articles = samples / "author_identity" / "medline_articles.jsonl.gz"
    if articles.exists():
        for record in read_lines(articles):
            yield f"{record['title']} {record['abstract'] or ''}"


def to_json(texts: int, counts: Counter[str]) -> str:
    """Write the most frequent words with their counts, in the order of the alphabet."""
    kept = sorted(word for word, number in counts.most_common(MOST_WORDS) if number >= LEAST)
    head = {"counted_from": SOURCE, "texts": texts, "command": "python -m benchmarks.identity_words --samples DIR"}
    words = json.dumps({word: counts[word] for word in kept}, separators=(",", ":"))
    return json.dumps(head, indent=1)[:-2] + ',\n "words": ' + words + "\n}\n"


if __name__ == "__main__":
    main()
