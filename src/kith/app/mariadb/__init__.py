"""Django's MySQL back end over PyMySQL, for databases that compare text byte by byte."""
