"""`python -m jalon` is the `jalon` command."""

from jalon.cli import main

main()
