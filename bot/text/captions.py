"""Whether a summary is no summary but the caption of a picture, or its credit. Pure.

Publishers without a text of their own put there what stands under the picture: who and where, on some day that may be
years ago. What is named in it is beside the matter.
"""

import re

LONGEST = 400
"""Characters of a caption; what is longer has a text behind it."""

_AGENCIES = (
    "REUTERS|Reuters|AP|AFP|EPA|EPA-EFE|EFE|TASS|ТАСС|Getty Images|Getty|Sputnik|RIA Novosti|РИА Новости|Xinhua|PA|"
    "PA Wire|PA Media|dpa|DPA|Anadolu|Anadolu Agency|AA|NurPhoto|Bloomberg|UPI|ANSA|Kyodo|Yonhap|Interfax|Shutterstock|"
    "Alamy|Alamy Stock Photo|ZUMA|Zuma Press|SIPA|SOPA Images|Moskva News Agency|Агентство «Москва»|Handout|Pool|POOL|"
    "USA TODAY Sports|AAP|The Canadian Press|picture alliance|IMAGO|ČTK|UNIAN|Ukrinform"
)
_NAME = r"[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.’'-]*(?: [\w.’'-]+){0,4}"
_PICTURE = (
    "(?:photo|photograph|picture|image|handout|video grab|frame grab|screen grab|screengrab|screenshot|still image|"
    "still|illustration|file photo|combination)s?"
)
_OF_A_KIND = r"(?:file|undated|handout|still|combination)"
_LABEL = "(?:PHOTO|Photo|Photograph|Picture|Image|Foto|FOTO|Фото|ФОТО)(?: [Cc]redit| by| courtesy of)?"

# A caption, if any of these is found in a text that is no longer than one may be.
_SIGNS = (
    # It says that it is one: FILE PHOTO: …, Image copyright …, Фото: …
    r"\A\W{0,2}(?:FILE(?: PHOTO| PICTURE| IMAGE)?\s?[:–—-]\s|File (?:photo|picture|image)\b[ .:,]|\(?FILES?\)\s)",
    r"\A\W{0,2}Image (?:copyright|source|caption)\b|\A\W{0,2}(?:Media|Video|Photo|Picture) caption\b",
    rf"\A\W{{0,2}}{_LABEL}: ?(?=\w)",
    rf"\A\W{{0,2}}(?:{_LABEL}|Photo by) {_NAME} ?/ ?(?:{_AGENCIES})",
    r"\A\W{0,2}(?:Handout|Undated handout) (?:photo|picture|image|still)\b",
    r"\A(?:На фото|На снимке)\b",
    # Who took it stands at the end: REUTERS/Jane Doe, (AP Photo/Jane Doe), Photo: Jane Doe / TASS
    rf"(?:\A|[\s(\[/])(?:{_AGENCIES}) ?/ ?{_NAME}(?:/{_NAME}){{0,2}}(?:/| via (?:{_AGENCIES}))?[)\].]{{0,2}}\Z",
    rf"(?:\A|[\s(\[/]){_NAME} ?/ ?(?:{_AGENCIES})(?:/[\w .]{{1,40}}| via [\w ]{{1,40}})?[)\].]{{0,2}}\Z",
    (
        r"[(\[](?:AP |EPA |AFP |Reuters )?(?:Photo|Image|Picture|Photograph|Credit|Source|File)s?"
        r"(?: by|:|/| courtesy| credit)[^()\[\]]{1,120}[)\]]\.?\Z"
    ),
    rf"[.!?”\"]\s{_LABEL}: [^.:]{{2,60}}\.?\Z",
    rf"[.!?”\"]\s(?:Photograph|Photo|Image) by {_NAME}\.?\Z",
    # What it shows: A general view of …, … is seen in this picture, In this photo taken …
    r"\A(?:A|An|The)?\s?(?:general|aerial|overall|panoramic|partial)(?: drone)? view (?:of|shows|taken)\b",
    rf"\A(?:A|An|The)\s(?:{_OF_A_KIND}|screen) (?:of )?(?:\w+ )?(?:{_PICTURE}|grab)\b",
    (
        r"\b(?:is|are|was|were) (?:seen|pictured|shown|photographed)(?: [\w,-]+){0,12}?"
        rf" in (?:this|an?(?= {_OF_A_KIND})) (?:[\w,-]+ ){{0,6}}?{_PICTURE}\b"
    ),
    rf"\bin this (?:{_OF_A_KIND} ){{1,3}}{_PICTURE}",
    rf"\b(?:in|on) this {_PICTURE} (?:taken|released|provided|obtained|made available|distributed)\b",
    rf"\A(?:In|On) this (?:[\w.,-]+ ){{0,8}}?{_PICTURE}(?:,| taken| released| provided| made| from| posted)",
)
_HINTS = (
    *("photo", "picture", "image", "view", "/", "caption", "file", "handout", "grab", "screenshot", "still", "credit"),
    *("source", "combination", "illustration", "foto", "фото", "снимке"),
)
"""Each sign has one of these, in some case. Most summaries have none, which is told faster."""
_CAPTION = re.compile("|".join(f"(?:{sign})" for sign in _SIGNS))


def is_caption(text: str) -> bool:
    """Return whether a plain text is nothing but the caption of a picture or its credit. Time is bounded."""
    if not 0 < len(text) <= LONGEST:
        return False
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS) and _CAPTION.search(text) is not None
