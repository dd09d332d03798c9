"""``python -m gradstop`` is the ``gradstop`` command."""

from ._command import main

if __name__ == "__main__":
    main()
