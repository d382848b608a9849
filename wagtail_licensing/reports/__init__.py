"""The owner's figures: what is counted, over which days, and which rows stand behind each number.

Every figure is a query over facts that are written once (revenue changes, the history of licenses,
checkout intents) or over the licenses of now. A figure and the list behind it use the same queryset,
so that they cannot differ. Nothing here writes, except for the daily snapshot.
"""
