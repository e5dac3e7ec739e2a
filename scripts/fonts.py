#!/usr/bin/env python3
"""Makes the fonts that travel with the program, in engine/assets/fonts, from BIZ UDPGothic.

Needs Debian's package fonts-morisawa-bizud-gothic (1.05-2), Python 3.9 or later, and

    pip install fonttools==4.60.1 brotli==1.1.0

Then:

    python3 scripts/fonts.py            # writes the files
    python3 scripts/fonts.py --check    # writes nothing; fails where a file would be another

The same sources and the same font give the same bytes. The licence of the font (SIL OFL 1.1, OFL.txt) reserves no
name; the subsets are called "Seika Gothic" all the same, so that nobody takes them for the whole font.

    seika-gothic-words.woff2   the letters of the program's own words, of its templates and shipped contracts
    seika-gothic-common.woff2  the other letters of level 1 of JIS X 0208: most names of people and places
    seika-gothic-rest.woff2    all other letters of Windows-31J (Shift_JIS as Windows has it) that the font has
    seika-gothic.ttf           all together, for pictures that are drawn without a browser
    words.txt and so on        which letters the first three have, 64 in a line; none is in two of them
    SHA256SUMS                 the hashes of all of them
"""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Regular.ttf")
SOURCE_SHA256 = "8d4fd9568ad662d9eb1bc8ca8663dcd76a6336373e3e3f32d634978db4c7388e"
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "engine" / "assets" / "fonts"
# Whose letters are those of the program's own words.
WORDS = ["engine/src", "cli/src", "cli/templates", "web/src", "web/templates", "scripts/contracts", "scenarios"]
FAMILY = "Seika Gothic"


def letters_of_words():
    """Every letter that the sources use, ASCII, kana and the forms in which figures are written."""
    names = subprocess.run(["git", "ls-files", "-z", "--", *WORDS], cwd=ROOT, check=True, capture_output=True).stdout
    letters = set(map(chr, range(0x20, 0x7F)))
    letters |= set(map(chr, range(0x3000, 0x3100)))
    letters |= set(map(chr, range(0xFF01, 0xFFA0)))
    letters |= set("±×÷–—‘’“”…‰′″←↑→↓−∞≈≠≤≥①②③④⑤⑥⑦⑧⑨⑩年度月日円千百万億")
    for name in names.decode().split("\0"):
        if name and not name.endswith((".woff2", ".ttf")):
            letters |= set((ROOT / name).read_text(encoding="utf-8"))
    return letters


def letters_of_windows():
    """Every letter of Windows-31J and of JIS X 0208, which give a few signs other code points."""
    letters = set()
    for encoding in ("cp932", "shift_jis"):
        for high in range(0x81, 0xFD):
            for low in range(0x40, 0xFD):
                try:
                    letters |= set(bytes([high, low]).decode(encoding))
                except UnicodeDecodeError:
                    pass
    return {letter for letter in letters if not 0xE000 <= ord(letter) <= 0xF8FF}


def letters_of_level_1():
    return {bytes([high, low]).decode("euc_jp", "ignore") for high in range(0xB0, 0xD0) for low in range(0xA1, 0xFF)}


def made(letters, flavor):
    """The font with these letters alone, as bytes."""
    options = subset.Options()
    options.flavor = flavor
    options.hinting = False
    options.recalc_timestamp = False
    options.layout_features = []
    options.drop_tables += ["DSIG", "meta", "vhea", "vmtx"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    font = subset.load_font(str(SOURCE), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, letters))
    subsetter.subset(font)
    renamed = {1: FAMILY, 3: f"{FAMILY} of BIZ UDPGothic 1.05", 4: FAMILY, 6: FAMILY.replace(" ", "") + "-Regular"}
    for record in font["name"].names:
        record.string = renamed.get(record.nameID, record.toUnicode())
    out = io.BytesIO()
    subset.save_font(font, out, options)
    found = {chr(code) for code in TTFont(io.BytesIO(out.getvalue())).getBestCmap()}
    assert found == set(letters), sorted(found ^ set(letters))
    return out.getvalue()


def in_lines(letters):
    letters = sorted(letters)
    lines = ("".join(letters[at : at + 64]) for at in range(0, len(letters), 64))
    return "".join(line + "\n" for line in lines).encode()


def main():
    source = SOURCE.read_bytes()
    if hashlib.sha256(source).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{SOURCE} is another version than the one these fonts are made from")
    known = {chr(code) for code in TTFont(io.BytesIO(source)).getBestCmap()}
    words = {letter for letter in letters_of_words() & known if letter in " \u3000" or not letter.isspace()}
    common = (letters_of_level_1() & known) - words
    rest = (letters_of_windows() & known) - words - common
    parts = {"words": words, "common": common, "rest": rest}
    files = {"seika-gothic.ttf": made(words | common | rest, None)}
    for name, letters in parts.items():
        files[f"seika-gothic-{name}.woff2"] = made(letters, "woff2")
        files[f"{name}.txt"] = in_lines(letters)
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    files["SHA256SUMS"] = "".join(sums).encode()
    differs = [name for name, data in files.items() if not same(TARGET / name, data)]
    if "--check" in sys.argv:
        sys.exit(f"to be made again: {', '.join(differs)}" if differs else 0)
    for name, data in files.items():
        (TARGET / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")
    print(", ".join(f"{len(letters)} letters of {name}" for name, letters in parts.items()))


def same(path, data):
    return path.exists() and path.read_bytes() == data


if __name__ == "__main__":
    main()
