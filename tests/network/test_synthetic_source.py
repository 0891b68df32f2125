import numpy as np

from hcr.network.synthetic_source import MAX_BIAS, SourceLevel


def test_the_bias_is_normal_and_bounded() -> None:
    bias = [SourceLevel.drawn(np.random.default_rng(seed), drift_limit_pu=0.0).bias_pu for seed in range(400)]
    assert 0.003 < np.std(bias) < 0.005
    assert abs(np.mean(bias)) < 0.001
    assert max(np.abs(bias)) <= MAX_BIAS


def test_the_level_wanders_slowly_within_its_limit() -> None:
    level = SourceLevel(0.002, 7, 0.006).pu(17520) - 1.002
    assert 0.0055 < np.abs(level).max() <= 0.006 + 1e-12
    assert np.abs(np.diff(level)).std() < 0.2 * level.std()
    assert abs(level.mean()) < 0.001


def test_the_level_follows_from_the_seed_however_many_steps_there_are() -> None:
    level = SourceLevel(0.002, 7, 0.006)
    assert (level.pu(96) == level.pu(17520)[:96]).all()
    assert (level.pu(96) != SourceLevel(0.002, 8, 0.006).pu(96)).any()


def test_without_drift_only_the_bias_is_left() -> None:
    assert (SourceLevel(-0.004, 7, 0.0).pu(5) == 0.996).all()
