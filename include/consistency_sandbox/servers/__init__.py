"""Private database servers, and the Debian packages that they come from."""
