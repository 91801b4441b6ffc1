"""The page kit: deadlines, money, badges, tables, forms; knows no room."""
