"""The detectors: a class each. What they do is in ``_detector``, their parameters in ``_parameters``."""

from __future__ import annotations

from os import PathLike

from . import _gradstop
from . import _parameters as parameters
from ._detector import Detector


class AutoEncoder(parameters.AutoEncoderParameters, Detector):
    """A network learns to reproduce rows; abnormal is what it reproduces badly.

    It assumes that inliers lie near a surface of few dimensions. A first choice for measured quantities with correlated
    columns. The score is a row's squared reconstruction error after standardisation; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> at = np.linspace(0, 1, 200)
    >>> X = np.column_stack([at, 2 * at, np.sin(at)])
    >>> X[17] = [0.5, -3, 1]
    >>> detector = gradstop.AutoEncoder(contamination=0.01, random_state=0).fit(X)
    >>> int(detector.decision_scores_.argmax())
    17
    >>> detector.history_["loss"].shape == detector.history_["gap"].shape
    True
    """


class DeepSVDD(parameters.DeepSVDDParameters, Detector):
    """A network maps rows near a centre; abnormal is what stays far from it.

    It assumes that inliers are alike enough that one small region of a learned space holds them. For many columns without
    much correlation. The score is the squared distance from the centre; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> gradstop.DeepSVDD(epochs=20).fit(X).decision_function(X[:2]).shape
    (2,)
    """


class VAE(parameters.VAEParameters, Detector):
    """A variational auto-encoder; abnormal is what its few codes reproduce badly.

    It assumes that inliers lie near a smooth surface of very few dimensions. For tables that an auto-encoder reproduces too
    well. The score is the reconstruction error; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> gradstop.VAE(epochs=10, early_stopping="none").fit(X).best_epoch_
    np.int64(9)
    """


class RDP(parameters.RDPParameters, Detector):
    """A network learns the distances of a random one; abnormal is where it has not learned them.

    It assumes that what is common is learned first, so that the error of rare rows stays large. Quick, and for tables where
    reconstruction is hopeless. The score is the error against the random network; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> gradstop.RDP(epochs=10).fit(X).labels_.mean()
    np.float64(0.1)
    """


class RandNet(parameters.RandNetParameters, Detector):
    """Auto-encoders with randomly cut connections; abnormal is what most of them reproduce badly.

    It assumes what :class:`AutoEncoder` does, and that single networks are unreliable. The score is the median over the
    members of the reconstruction error, each on its own scale; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> gradstop.RandNet(members=3, epochs=10).fit(X).best_epoch_.shape
    (3,)
    """


class ROBOD(parameters.ROBODParameters, Detector):
    """Auto-encoders of several depths that share their weights; abnormal is what all of them reproduce badly.

    It assumes what :class:`AutoEncoder` does, where the right depth is not known. It is not stopped early unless asked. The
    score is the reconstruction error, summed over depths and averaged over members; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> gradstop.ROBOD(epochs=10).fit(X).stop_reason_
    'epochs_used_up'
    """


class IForest(parameters.IForestParameters, Detector):
    """Isolation forest: random cuts through random columns; abnormal is what is soon set apart.

    It assumes that outliers are few and differ in single columns. The quick first look at anything. Larger is more
    abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.IForest(n_estimators=50).fit(X).decision_scores_.argmax())
    5
    """


class ECOD(parameters.ECODParameters, Detector):
    """Tails of single columns; abnormal is what is extreme in many of them.

    It assumes independent columns and outliers that are extremes. It has no setting of its own and draws no random number.
    Larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.ECOD().fit(X).decision_scores_.argmax())
    5
    """


class KNN(parameters.KNNParameters, Detector):
    """Nearest neighbours; abnormal is what lies far from them.

    It assumes that inliers have others near them, equally dense everywhere. A fit looks at every pair of rows. The score is
    a distance; larger is more abnormal. A fitted row does not count as its own neighbour, so its score in
    ``decision_scores_`` is larger than when the same row is scored again, as a new one.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.KNN(n_neighbors=2).fit(X).decision_scores_.argmax())
    5
    """


class LOF(parameters.LOFParameters, Detector):
    """Local outlier factor; abnormal is what is less dense than its neighbours.

    It assumes groups, each with a density of its own. A fit looks at every pair of rows. Scores are around 1 for inliers;
    larger is more abnormal. As with :class:`KNN` a fitted row does not count as its own neighbour.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.LOF().fit(X).decision_scores_.argmax())
    5
    """


class CBLOF(parameters.CBLOFParameters, Detector):
    """Clusters; abnormal is what lies far from the large ones.

    It assumes a few round clusters. The score is a distance; larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.CBLOF(n_clusters=4).fit(X).decision_scores_.argmax())
    5
    """


class GMM(parameters.GMMParameters, Detector):
    """Gaussian mixture; abnormal is what is unlikely under it.

    It assumes correlated columns, and few groups or one. The score is the negative log-likelihood, which may be below 0;
    larger is more abnormal.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> int(gradstop.GMM().fit(X).decision_scores_.argmax())
    5
    """


def load(path: str | PathLike[str]) -> Detector:
    """Read a model file of any detector, of ours or of ``gradstop fit``. Nothing in it is executed.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    detector
        Of the class that the file is of; it scores as the saved one did, to the last bit.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "model.gradstop"
    ...     gradstop.ECOD().fit(X).save(path)
    ...     loaded = gradstop.load(path)
    >>> loaded
    ECOD()
    """
    return Detector._of(_gradstop.FittedDetector.load(path))
