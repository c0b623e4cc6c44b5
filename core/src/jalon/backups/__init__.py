"""One file that holds the whole installation, made while people work; read back, it is believed only once checked."""
