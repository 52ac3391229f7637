"""What may be told of an image, as the lifecycle sees it."""

from dataclasses import dataclass

from hypothesis import strategies as st

from calotype_core.domain.lifecycle import Status


@dataclass(frozen=True, kw_only=True)
class Said:
    generation: int
    leads_to: Status


generations = st.integers(1, 4)
steps = st.builds(Said, generation=generations, leads_to=st.sampled_from(Status))
outcomes = st.builds(
    Said,
    generation=generations,
    leads_to=st.sampled_from([status for status in Status if status.is_terminal]),
)
