"""What one part of the benchmarks is: contestants measured in turns (A B C A B C ...), and a place to write them to."""


class Section:
    """`id` is what --only names, `file` where results go, `unit` the JSON key that progress shows."""

    file = None

    def __init__(self, id, title, unit, contestants):
        self.id, self.title, self.unit, self.contestants = id, title, unit, contestants

    def run_count(self, settings):
        return settings.turns * len(self.contestants)

    def run(self, settings, progress):
        for turn in range(settings.turns):
            for contestant in self.contestants:
                contestant.measure(settings)
                progress.say(f"{self.title}, turn {turn + 1}", contestant, self.unit)

    @property
    def commands(self):
        return [(contestant.name, contestant.shown_command) for contestant in self.contestants]
