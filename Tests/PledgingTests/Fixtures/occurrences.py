"""Prints, by python-dateutil, the 24 dates that follow each start day of 2024 to 2028.

One line for each start day and interval: the interval, the start, the dates.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

day = date(2024, 1, 1)
while day <= date(2028, 12, 31):
    for interval, step in (("month", relativedelta(months=1)), ("year", relativedelta(years=1))):
        dates = [day + step * number for number in range(1, 25)]
        print(interval, day, *dates)
    day += timedelta(days=1)
