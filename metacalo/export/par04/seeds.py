"""Many standard normal numbers from the four that Par04 hands to LibTorch: a counter-based generator.

Par04 11.4 passes its input to LibTorch as one tensor only if that has eight values, which leaves four for
noise. They are key and counter of Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), whose
output makes pairs of normal numbers (Box and Muller 1958). So Geant4's seeds still rule every shower.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

N_SEEDS = 4


def normals_of_seeds(seeds: Tensor, n: int) -> Tensor:
    """Return standard normal numbers that the seeds alone decide.

    Args:
        seeds: normal numbers, float32, shape (batch, 4).
        n: numbers of each row.

    Returns:
        float32, shape (batch, n).
    """
    # TorchScript cannot take a number's bits as they are; 2^-40 is below the last of all but the smallest
    fixed = (seeds.to(torch.float64) * 1099511627776.0).to(torch.int64)
    bits = (fixed ^ (fixed >> 32)) & 0xFFFFFFFF
    blocks = (n + 3) // 4
    counter = torch.arange(blocks, dtype=torch.int64, device=seeds.device).expand(len(seeds), blocks)
    c0, c1 = counter, torch.zeros_like(counter)
    c2, c3 = bits[:, 2:3].expand(len(seeds), blocks), bits[:, 3:4].expand(len(seeds), blocks)
    words = philox(c0, c1, c2, c3, bits[:, 0:1], bits[:, 1:2])
    unit = words.to(torch.float64) * (1.0 / 4294967296.0)
    # 1 - u is never 0
    radius = torch.sqrt(-2.0 * torch.log1p(-unit[:, :, 0::2]))
    turn = 2.0 * math.pi * unit[:, :, 1::2]
    pairs = torch.stack([radius * torch.cos(turn), radius * torch.sin(turn)], dim=3)
    return pairs.reshape(len(seeds), 4 * blocks)[:, :n].to(torch.float32)


def philox(c0: Tensor, c1: Tensor, c2: Tensor, c3: Tensor, k0: Tensor, k1: Tensor) -> Tensor:
    """Philox4x32 with ten rounds.

    Args:
        c0: first word of the counters, 32 bits in int64, shape (batch, n).
        c1: second word, same shape.
        c2: third word, same shape.
        c3: fourth word, same shape.
        k0: first word of the keys, shape (batch, 1).
        k1: second word, same shape.

    Returns:
        Random words, 32 bits in int64, shape (batch, n, 4).
    """
    mask = 0xFFFFFFFF
    for _ in range(10):
        # products wrap at 64 bits, and a masked shift does not mind the sign
        p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c2 = ((p1 >> 32) & mask) ^ c1 ^ k0, ((p0 >> 32) & mask) ^ c3 ^ k1
        c1, c3 = p1 & mask, p0 & mask
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return torch.stack([c0, c1, c2, c3], dim=2)
