"""The rules, one pure function each; `registry` lists them with their sources."""
