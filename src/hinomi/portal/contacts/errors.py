"""What can be wrong with what somebody asks of contacts, in words for the person who asked."""

from __future__ import annotations

from hinomi.core.errors import HinomiError


class NotPossible(HinomiError):
    """It cannot be done; `words_ja` says why and what to do instead."""

    def __init__(self, words_ja: str) -> None:
        super().__init__("A change of contacts was refused.", advice=words_ja)
        self.words_ja = words_ja


class Meanwhile(NotPossible):
    """Somebody else changed it since the page was shown."""

    def __init__(self) -> None:
        super().__init__("ほかの人が先に変えました。いまの内容を確かめて、もう一度変えてください。")
