"""Plans are total, ordered, and converge; what was saved covers whatever an interrupted apply has left."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetgen import plan, planfile
from fleetgen.errors import FleetgenError
from fleetgen.plan import Action, Alteration, Change, Phase, Plan, Policy, Resource, Risk, Step

ALL = Policy(prune=True, adopt=True, allow_destructive=True)
NAMES = st.sampled_from("abcdefgh")
FACTS = st.dictionaries(st.sampled_from(("x", "y")), st.sampled_from("12"), max_size=2)


def alter(desired: Resource | None, live: Resource | None) -> Alteration:
    """A service whose things are set and removed whole."""
    if desired is None:
        assert live is not None
        return Alteration(Action.DELETE, "generated no longer", (Step(Phase.REMOVE, ("remove", live.key)),))
    step = Step(Phase(3 + len(desired.name) % 2), ("set", desired.key, json.dumps(dict(desired.facts))))
    return Alteration(Action.CREATE if live is None else Action.UPDATE, "so", (step,))


@st.composite
def desires(draw: st.DrawFn) -> list[Resource]:
    """Resources that rest on earlier ones, in any order of saying."""
    names = draw(st.lists(NAMES, unique=True, max_size=6))
    made: list[Resource] = []
    for name in names:
        after = tuple(r.key for r in made if draw(st.booleans()))
        made.append(Resource("t", "thing", name, draw(FACTS), after))
    return draw(st.permutations(made))


class World:
    """What is there, as steps leave it."""

    def __init__(self, facts: Mapping[str, Mapping[str, str]]) -> None:
        self.things = dict(facts)

    def run(self, step: Step) -> None:
        match step.call:
            case ("set", key, text):
                self.things[key] = json.loads(text)
            case ("remove", key):
                self.things.pop(key, None)
            case _:
                raise AssertionError(step)

    def read(self) -> list[Resource]:
        return [Resource("t", "thing", key.rpartition(" ")[2], facts) for key, facts in self.things.items()]

    def plan(self, desired: list[Resource], policy: Policy = ALL) -> Plan:
        live = self.read()
        return plan.join(desired, live, plan.diff(desired, live, policy, alter))


worlds = st.dictionaries(NAMES.map(lambda name: f"t thing {name}"), FACTS, max_size=6).map(World)


@given(desires(), worlds)
def test_a_plan_carried_out_leaves_nothing_to_do(desired: list[Resource], world: World) -> None:
    made = world.plan(desired)
    assert [change.key for change in made.changes] == list(dict.fromkeys(change.key for change in made.changes))
    for _, step in made.steps():
        world.run(step)
    assert world.plan(desired).changes == ()
    assert world.things == {resource.key: dict(resource.facts) for resource in desired}


@given(desires(), worlds, st.integers(0, 12))
def test_what_was_reviewed_covers_what_an_interrupted_apply_left(
    desired: list[Resource], world: World, taken: int
) -> None:
    made = world.plan(desired)
    text = json.dumps(planfile.data(made, "prod", "digest", ALL))
    saved = planfile.read(text, "plan.json")
    for _, step in list(made.steps())[:taken]:
        world.run(step)
    rest = world.plan(desired)
    assert planfile.moved(saved, rest) == []
    for _, step in rest.steps():
        world.run(step)
    assert world.plan(desired).changes == ()


@given(desires(), worlds, NAMES, FACTS)
def test_what_moved_since_the_review_is_named(
    desired: list[Resource], world: World, name: str, facts: dict[str, str]
) -> None:
    made = world.plan(desired)
    saved = planfile.read(json.dumps(planfile.data(made, "prod", "digest", ALL)), "plan.json")
    key = f"t thing {name}"
    before = world.things.get(key, {})
    world.things[key] = facts
    there = {each.key: each.facts for each in desired}
    wanted = there.get(key, {})
    still = key in saved.changes or (key in there and facts == wanted)
    still &= all(facts.get(fact) in (before.get(fact), wanted.get(fact)) for fact in "xy")
    assert planfile.moved(saved, world.plan(desired)) == ([] if still else [key])


@given(desires())
def test_everything_comes_after_what_it_rests_on(desired: list[Resource]) -> None:
    placed = [resource.key for resource in plan.order(desired)]
    assert sorted(placed) == sorted(resource.key for resource in desired)
    for resource in desired:
        assert all(placed.index(below) < placed.index(resource.key) for below in resource.after)


def test_steps_of_all_services_go_by_phase() -> None:
    around = (Step(Phase.PAUSE, ("stop",)), Step(Phase.RESUME, ("go",)))
    changes = (
        Change("connect", "connector", "s", Action.UPDATE, "", steps=around),
        Change("kafka", "topic", "s", Action.UPDATE, "", steps=(Step(Phase.TOPICS, ("more",)),)),
        Change("clickhouse", "table", "s", Action.UPDATE, "", steps=(Step(Phase.STORES, ("alter",)),)),
    )  # fmt: skip
    assert [step.text for _, step in Plan(changes).steps()] == ["stop", "more", "alter", "go"]


SINK = Resource(
    "connect", "connector", "car-sink", {"k": "1"}, ("clickhouse table f.car_push",),
    pause=(Step(Phase.PAUSE, ("stop",)), Step(Phase.RESUME, ("resume",))),
)  # fmt: skip
TABLE = Resource("clickhouse", "table", "f.car_push", {"column a": "Int32"}, ("clickhouse table f.car",))
STORE = Resource("clickhouse", "table", "f.car", {"column a": "Int32"})


def _change(of: Resource, action: Action = Action.UPDATE) -> Change:
    return Change(of.target, of.kind, of.name, action, "so", steps=(Step(Phase.STORES, ("alter",)),))


@pytest.mark.parametrize("below", [TABLE, STORE])
def test_what_runs_is_stopped_while_something_changes_that_it_rests_on(below: Resource) -> None:
    made = plan.join([STORE, TABLE, SINK], [STORE, TABLE, SINK], [_change(below)])
    assert [(change.key, step.text) for change, step in made.steps()] == [
        (SINK.key, "stop"),
        (below.key, "alter"),
        (SINK.key, "resume"),
    ]
    assert made.changes[-1].reason == f"paused while {below.key} changes"


def test_what_runs_and_changes_itself_is_stopped_around_both() -> None:
    own = Change("connect", "connector", "car-sink", Action.UPDATE, "so", steps=(Step(Phase.RESUME, ("put",)),))
    made = plan.join([STORE, TABLE, SINK], [STORE, TABLE, SINK], [_change(TABLE), own])
    assert [step.text for _, step in made.steps()] == ["stop", "alter", "put", "resume"]


def test_nothing_is_stopped_for_what_does_not_change_below_it() -> None:
    other = Resource("clickhouse", "table", "f.bus", {})
    made = plan.join([STORE, TABLE, SINK, other], [STORE, TABLE, SINK], [_change(other, Action.CREATE)])
    assert [change.key for change in made.changes] == [other.key]


@pytest.mark.parametrize(
    ("how", "owned", "policy", "blocked"),
    [
        (Risk.SAFE, True, Policy(), ""),
        (Risk.REWRITES, True, Policy(), ""),
        (Risk.DESTRUCTIVE, True, Policy(), "allow it with --allow-destructive"),
        (Risk.DESTRUCTIVE, True, Policy(allow_destructive=True), ""),
        (Risk.REFUSED, True, ALL, "make a new one"),
        (Risk.SAFE, False, Policy(), "it does not bear the mark of fleetgen: take it over with --adopt"),
        (Risk.SAFE, False, Policy(adopt=True), ""),
        (Risk.DESTRUCTIVE, False, Policy(adopt=True), "allow it with --allow-destructive"),
    ],
)
def test_what_a_policy_lets_be(how: Risk, owned: bool, policy: Policy, blocked: str) -> None:
    live = Resource("t", "thing", "a", {"x": "1"}, owned=owned)
    desired = Resource("t", "thing", "a", {"x": "2"})
    change = plan.judge(desired, live, Alteration(Action.UPDATE, "", (), how, "make a new one"), policy)
    assert change.blocked == blocked


def test_what_is_generated_no_longer_blocks_until_it_is_pruned_and_only_if_it_is_ours() -> None:
    live = [Resource("t", "thing", "ours"), Resource("t", "thing", "theirs", owned=False)]
    (change,) = plan.diff([], live, Policy(), alter)
    assert (change.name, change.blocked) == ("ours", "bring its schema back, or let it go with --prune")
    (change,) = plan.diff([], live, Policy(prune=True), alter)
    assert (change.action, change.blocked) == (Action.DELETE, "")


def test_a_fact_that_goes_and_one_that_comes_are_both_told() -> None:
    before, after = Resource("t", "k", "a", {"x": "1", "y": "1"}), Resource("t", "k", "a", {"y": "2", "z": "3"})
    found = [(each.fact, each.before, each.after) for each in plan.differences(after, before)]
    assert found == [("y", "1", "2"), ("z", None, "3"), ("x", "1", None)]


WHOLE: dict[str, object] = {"version": 1, "profile": "p", "generated": "", "policy": {}, "changes": []}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", "{}", '{"version": 1}',
        *(json.dumps({**WHOLE, key: value}) for key, value in (
            ("version", 2), ("policy", {"other": True}), ("changes", [{"target": "t"}]), ("changes", 7), ("policy", []),
        )),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(FleetgenError, match=r"^FG760 error: p\.json is "):
        planfile.read(text, "p.json")


def test_a_blocked_change_was_never_agreed_to() -> None:
    live, desired = Resource("t", "thing", "a", {"x": "1"}, owned=False), Resource("t", "thing", "a", {"x": "2"})
    blocked = plan.join([desired], [live], plan.diff([desired], [live], Policy(), alter))
    saved = planfile.read(json.dumps(planfile.data(blocked, "p", "", Policy())), "p.json")
    assert planfile.moved(saved, plan.join([desired], [live], plan.diff([desired], [live], ALL, alter))) == [live.key]
