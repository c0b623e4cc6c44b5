"""Lists as people keep them: files of CSV and XLSX, read and written without knowing what is in them."""

from jalon.spreadsheets.reading import LARGEST_BYTES, MOST_LINES, Cell, Sheet, read
from jalon.spreadsheets.writing import KINDS, MIMES, harmless, write

__all__ = ["KINDS", "LARGEST_BYTES", "MIMES", "MOST_LINES", "Cell", "Sheet", "harmless", "read", "write"]
