"""`python -m luochui` is the command line."""

from luochui.cli import main

main()
