"""`python -m data_consistency` is the `consistency` command."""

from data_consistency.cli import main

main()
