/** Chromium from npm with its libraries and fonts, so that the system needs none of them. For 64-bit Linux. */

import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import chromiumPackage, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const { resolve } = createRequire(import.meta.url);

/** @param scratch a temporary directory, which the caller removes */
export async function launchChromium(scratch: string): Promise<Browser> {
  const packed = join(dirname(resolve('@sparticuz/chromium')), '..', 'bin');
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = scratch; // the package unpacks into the temporary directory, and takes what it finds there
  try {
    const executablePath = await chromiumPackage.executablePath(packed);
    const libraries = join(await inflate(join(packed, 'al2023.tar.br')), 'lib');
    await writeFile(join(scratch, 'fonts.conf'), fontsConf(scratch));
    return await chromium.launch({
      executablePath,
      // Without the default flags of the package, which disable web security.
      args: ['--no-sandbox', '--no-zygote', '--disable-gpu'],
      env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(scratch, 'fonts.conf') },
    });
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}

/**
 * The browser's own font has neither Chinese characters nor an even width for code. Of the others no weights that it
 * lacks: fontconfig would rather have a font that is as heavy as was asked for than one of the family.
 */
const FONTS = ['noto-sans-tc/400Regular', 'noto-sans-tc/700Bold', 'jetbrains-mono/400Regular'];

function fontsConf(scratch: string): string {
  const packages = dirname(dirname(resolve('@expo-google-fonts/noto-sans-tc/package.json')));
  const directories = [join(scratch, 'fonts', 'fonts'), ...FONTS.map((font) => join(packages, font))];
  return `<fontconfig>
  ${directories.map((directory) => `<dir>${directory}</dir>`).join('\n  ')}
  <cachedir>${scratch}/font-cache</cachedir>
  <alias><family>monospace</family><prefer><family>JetBrains Mono</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family><family>Noto Sans TC</family></prefer></alias>
</fontconfig>`;
}
