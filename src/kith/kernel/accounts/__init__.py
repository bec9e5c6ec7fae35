"""Who acts: users, teams (a tree), tokens, sign-in; and the context that every read and write is handed."""
