"""What the tidy rules need to know of C++: code without comments and literals, and its functions.

Not a parser. It is right about code that clang-format has formatted, which is all there is here.
"""

import re

WORD = re.compile(r"[A-Za-z_]\w*")
RAW_STRING = re.compile(r'(?:u8|[uUL])?R"([^()\\\s]{0,16})\(')
NUMBER_END = re.compile(r"(?<![\w])\d[\w'.]*$")


def blank(text):
    """Spaces instead of `text`; lines stay lines."""
    return re.sub(r"[^\n]", " ", text)


def end_of_literal(text, start):
    """The index after the quoted literal that starts at `start`."""
    quote = text[start]
    i = start + 1
    while i < len(text) and text[i] != quote and text[i] != "\n":
        i += 2 if text[i] == "\\" else 1
    return min(i + 1, len(text))


def end_of_quiet_part(text, i):
    """The index after the comment or literal that starts at `i`, or `i` if none does."""
    if text.startswith("//", i):
        end = text.find("\n", i)
        return len(text) if end < 0 else end
    if text.startswith("/*", i):
        end = text.find("*/", i + 2)
        return len(text) if end < 0 else end + 2
    raw = RAW_STRING.match(text, i) if text[i] in "uULR" and not text[i - 1 : i].isalnum() else None
    if raw:
        end = text.find(")" + raw[1] + '"', raw.end())
        return len(text) if end < 0 else end + len(raw[1]) + 2
    if text[i] == '"':
        return end_of_literal(text, i)
    if text[i] == "'" and not NUMBER_END.search(text, max(0, i - 40), i):  # else 86'400'000
        return end_of_literal(text, i)
    return i


def code(text):
    """The same lines and columns with comments, literals and #include lines blanked out."""
    out = []
    i = 0
    while i < len(text):
        end = end_of_quiet_part(text, i)
        out.append(blank(text[i:end]) if end > i else text[i])
        i = max(end, i + 1)
    return re.sub(r"(?m)^[ \t]*#[ \t]*include\b.*$", lambda m: blank(m[0]), "".join(out))


def without_directives(stripped):
    """Macros have their own braces: blank #-lines and their continuations."""
    return re.sub(r"(?m)^[ \t]*#(?:.*\\\n)*.*$", lambda m: blank(m[0]), stripped)


def kind_of_brace(head):
    """What the { after `head` opens, outside of functions: namespace, type, function, init, other."""
    head = head.strip()
    if re.search(r"\bnamespace\b[\w: ]*$", head) or re.search(r'\bextern\b\s*$', head):
        return "namespace"
    if head.endswith(("=", ",", "(", "return")) or not head:
        return "other"
    if "(" not in head:
        return "type" if re.search(r"\b(class|struct|union|enum)\b", head) else "other"
    if re.search(r"(?s)\)\s*(noexcept\s*)?:(?!:).*[\w>]$", head):
        return "init"  # a member initialiser with braces: the body comes later
    if re.match(r"(template\s*<[^()]*>\s*)?(class|struct|union)\s+alignas\([^()]*\)[^()]*$", head):
        return "type"
    return "function"


def functions(stripped):
    """(name, first line, last line) of each function body in code(), lines counted from 1."""
    text = without_directives(stripped)
    found, stack, head, inside, line = [], [], "", 0, 1
    for character in text:
        if character == "\n":
            line += 1
        if character == "{":
            kind = "block" if inside else kind_of_brace(head)
            stack.append((kind, head, line))
            inside += kind == "function"
            head = "" if kind != "init" else head
        elif character == "}" and stack:
            kind, before, first = stack.pop()
            if kind == "function":
                inside -= 1
                found.append((name_in(before), first, line))
            head = before + "{}" if kind in ("init", "other") and not inside else ""
        elif character == ";" and not inside:
            head = ""
        elif not inside:
            head += character
    return found


def name_in(head):
    """The name of the function with this head; of a test, what the macro was given."""
    before, _, arguments = head.partition("(")
    words = WORD.findall(before)
    if words and words[-1].startswith("TEST"):
        return ".".join(WORD.findall(arguments))
    return words[-1] if words else "?"


NOT_NAMES = {"if", "for", "while", "switch", "return", "sizeof", "alignas", "decltype", "defined",
             "noexcept", "operator", "requires", "static_assert", "catch", "alignof", "assert"}


def declared(header):
    """Names of the functions that a header offers: declared or defined, not private, not inside bodies."""
    text = without_directives(code(header))
    names, depth, hidden = set(), [], False
    statement = ""
    for character in text:
        if character == "{":
            kind = "block" if depth and depth[-1][0] in ("function", "block", "other", "init") \
                else kind_of_brace(statement)
            if kind == "function":
                offer(statement, hidden, names)
            depth.append((kind, hidden))
            hidden = hidden if kind != "type" else bool(re.search(r"\bclass\b", statement))
            statement = ""
        elif character == "}" and depth:
            kind, hidden = depth.pop()
            statement = ""
        elif character == ";":
            if not any(kind in ("function", "block", "other", "init") for kind, _ in depth):
                offer(statement, hidden, names)
            statement = ""
        elif character == ":" and re.search(r"\b(public|private|protected)\s*$", statement):
            hidden = not statement.rstrip().endswith("public")
            statement = ""
        else:
            statement += character
    return names


def offer(statement, hidden, names):
    """Adds the name that `statement` declares as a function, if it does."""
    match = re.match(r"[^()=]*?\b([a-z_]\w*)\s*\(", statement.strip().replace("[[nodiscard]]", ""))
    words = statement.split()
    if hidden or not match or match[1] in NOT_NAMES or not words:
        return
    if words[0] in ("friend", "using", "typedef", "static_assert") or "= delete" in statement:
        return
    if len(WORD.findall(statement[: statement.find("(")])) > 1:  # a type and a name: no constructor
        names.add(match[1])
