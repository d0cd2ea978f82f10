"""Every secret of the served story is searched for wherever it has no business.

A secret is kept as it comes up: what only some may read, and what proves who somebody is. It is
looked for as it is, and as hex, base64 (at each of its three places in a group) and percent-encoded.
"""

import base64
import os
import pathlib
import urllib.parse

SHORTEST = 8  # a shorter one would be found by chance


def forms_of(secret):
    """The ways in which it could be written down."""
    plain = secret.encode() if isinstance(secret, str) else secret
    forms = {plain, plain.hex().encode(), plain.hex().upper().encode(),
             urllib.parse.quote(plain).encode()}
    for place in range(3):
        coded = base64.b64encode(bytes(place) + plain)
        inner = coded[4 if place else 0:len(coded) // 4 * 4 - 4]  # what neighbours cannot change
        if len(inner) >= SHORTEST:
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


class Secrets:
    def __init__(self):
        self.forms = {}  # what it is: the ways to write it

    def keep(self, what, secret):
        if len(secret) < SHORTEST:
            raise ValueError(f"{what} is too short to be searched for")
        self.forms.setdefault(what, set()).update(forms_of(secret))

    def found_in(self, text):
        text = text.encode() if isinstance(text, str) else text
        return sorted(what for what, forms in self.forms.items()
                      if any(form in text for form in forms))

    def found_in_folder(self, folder):
        """By file, its name included: secrets that stand in it, with the number of files seen."""
        found, seen = {}, 0
        for path in sorted(pathlib.Path(folder).rglob("*")):
            told = self.found_in(os.fsencode(str(path.relative_to(folder))))
            if path.is_file():
                seen += 1
                told += self.found_in(path.read_bytes())
            if told:
                found[path.name] = told
        return found, seen
