"""How the exports of other programs are recognised and what their columns mean: one data file for each program."""
