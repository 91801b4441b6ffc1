"""One word per thing: Chinese word, English identifier, label and meaning."""

__all__: list[str] = []
