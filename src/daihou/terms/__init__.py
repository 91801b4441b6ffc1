"""One word per thing: the only map between Chinese words and identifiers.

Rulebooks, workbook headers, form labels, screens and code all take their words
from here, so a file written with identifiers loads as well as one in Chinese.
"""

from daihou.terms.catalogue import Catalogue, MessageError
from daihou.terms.lined_yaml import Block, Listing, Scalar, Source, Tree, read_tree
from daihou.terms.strict_yaml import YamlError, read_mapping
from daihou.terms.vocabulary import Lang, Term, Terms, UnknownTermError, WordsError, terms

__all__ = [
    "Block",
    "Catalogue",
    "Lang",
    "Listing",
    "MessageError",
    "Scalar",
    "Source",
    "Term",
    "Terms",
    "Tree",
    "UnknownTermError",
    "WordsError",
    "YamlError",
    "read_mapping",
    "read_tree",
    "terms",
]
