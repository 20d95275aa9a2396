"""One module a step; each names the files it runs."""
