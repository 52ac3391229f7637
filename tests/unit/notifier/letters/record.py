"""Record the letters anew, to be read: python -m tests.unit.notifier.letters.record."""

from tests.unit.notifier.letters.cases import CASES, FOLDER, message, written


def main() -> None:
    for name in CASES:
        for ending, text in written(message(name)).items():
            (FOLDER / f"{name}.{ending}").write_text(text, newline="")


if __name__ == "__main__":
    main()
