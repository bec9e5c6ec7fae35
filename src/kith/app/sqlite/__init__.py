"""Django's SQLite back end, told how many parameters this SQLite really takes."""
