# Installs codex-dispatch for Windows: one file, verified against the checksums of its release.
#
#   irm https://raw.githubusercontent.com/fredchu/claude-codex-dispatch/main/install.ps1 | iex
#   & ([scriptblock]::Create((irm https://raw.githubusercontent.com/fredchu/claude-codex-dispatch/main/install.ps1))) -NoSkill
#
# -Version X installs that version, -NoSkill leaves the skills of Claude Code as they are, -Uninstall takes all away.
# CODEX_DISPATCH_INSTALL_DIR, CODEX_DISPATCH_RELEASES and CLAUDE_SKILLS_DIR mean what they mean to install.sh.
# Everything stands in functions and the last line calls them: a script that was cut short runs nothing.

param([string] $Version = 'latest', [switch] $NoSkill, [switch] $Uninstall)

function Install-CodexDispatch {
  param([string] $Version, [switch] $NoSkill, [switch] $Uninstall)

  Set-StrictMode -Version 2
  $ErrorActionPreference = 'Stop'
  # Windows PowerShell spends most of a download on drawing its progress.
  $ProgressPreference = 'SilentlyContinue'

  if ($PSVersionTable.PSVersion.Major -ge 6 -and -not $IsWindows) {
    throw 'install.ps1 is for Windows. Elsewhere, run install.sh.'
  }
  # Windows on ARM runs programs of x86_64.
  if (-not [Environment]::Is64BitOperatingSystem) { throw 'There is no codex-dispatch for 32-bit Windows.' }
  $Version = $Version -replace '^v', ''
  if ($Version -notmatch '^[0-9A-Za-z.+-]+$') { throw "-Version is ""$Version"". It takes a version, such as 1.0.0." }

  $folder = if ($env:CODEX_DISPATCH_INSTALL_DIR) { $env:CODEX_DISPATCH_INSTALL_DIR } else { Join-Path $HOME '.local\bin' }
  $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)
  $program = Join-Path $folder 'codex-dispatch.exe'

  if ($Uninstall) {
    Remove-CodexDispatch -Program $program -NoSkill:$NoSkill
    return
  }
  Copy-CodexDispatchRelease -Version $Version -Folder $folder -Program $program
  if (-not $NoSkill) {
    $written = & $program skill install
    if ($LASTEXITCODE -ne 0) {
      throw 'codex-dispatch is installed, its skill for Claude Code is not; why stands above. Then: codex-dispatch skill install'
    }
    Write-Host "The skill for Claude Code is installed: $written"
  }
  if (-not (Get-Command git -ErrorAction SilentlyContinue)) { Write-Host 'Missing: git 2.30 or newer.' }
  if (-not (Get-Command codex -ErrorAction SilentlyContinue)) {
    Write-Host 'Missing: the Codex CLI. Install it: npm install -g @openai/codex'
  }
  if (($env:PATH -split ';') -notcontains $folder) {
    Write-Host "Missing on PATH: $folder. Add it:"
    Write-Host "  [Environment]::SetEnvironmentVariable('Path', '$folder;' + [Environment]::GetEnvironmentVariable('Path', 'User'), 'User')"
  }
}

function Copy-CodexDispatchRelease {
  param([string] $Version, [string] $Folder, [string] $Program)

  $base = if ($env:CODEX_DISPATCH_RELEASES) { $env:CODEX_DISPATCH_RELEASES } else { 'https://github.com/fredchu/claude-codex-dispatch/releases' }
  $base = $base.TrimEnd('/')
  $release = if ($Version -eq 'latest') { "$base/latest/download" } else { "$base/download/v$Version" }
  $file = 'codex-dispatch-x86_64-pc-windows-msvc.exe'
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

  # In the same folder, so that the last step is a rename.
  $work = Join-Path $Folder ('.codex-dispatch.' + [Guid]::NewGuid().ToString('N'))
  New-Item -ItemType Directory -Force -Path $work | Out-Null
  try {
    $sums = Join-Path $work 'checksums.txt'
    Invoke-WebRequest -UseBasicParsing -TimeoutSec 60 -Uri "$release/checksums.txt" -OutFile $sums
    $expected = Get-Content $sums |
      ForEach-Object { , ($_ -split '\s+\*?', 2) } |
      Where-Object { $_.Count -eq 2 -and $_[1] -eq $file } |
      ForEach-Object { $_[0] } |
      Select-Object -First 1
    if (-not $expected) { throw "The release has no program for Windows: ""$release/checksums.txt"" does not name ""$file"". Nothing was installed." }
    if ((Test-Path -PathType Leaf $Program) -and (Get-FileHash -Algorithm SHA256 $Program).Hash -eq $expected) {
      Write-Host "codex-dispatch is installed already, and is the one of this release: $Program"
      return
    }

    Write-Host "Downloading $release/$file"
    $fresh = Join-Path $work 'codex-dispatch.exe'
    Invoke-WebRequest -UseBasicParsing -TimeoutSec 1800 -Uri "$release/$file" -OutFile $fresh
    $sum = (Get-FileHash -Algorithm SHA256 $fresh).Hash
    if ($sum -ne $expected) {
      throw "The SHA-256 of ""$release/$file"" is $sum, and checksums.txt says $expected. The download was damaged or is not genuine. Nothing was installed."
    }
    $installed = & $fresh --version
    if ($LASTEXITCODE -ne 0) { throw 'The program does not start on this machine. Nothing was installed.' }

    # A program that runs cannot be overwritten on Windows; it can be renamed.
    $old = Join-Path $work 'old.exe'
    if (Test-Path $Program) { Move-Item $Program $old }
    try { Move-Item $fresh $Program } catch {
      if (Test-Path $old) { Move-Item $old $Program }
      throw
    }
    Write-Host "codex-dispatch $installed is installed: $Program"
  } finally {
    Remove-Item -Recurse -Force $work -ErrorAction SilentlyContinue
  }
}

function Remove-CodexDispatch {
  param([string] $Program, [switch] $NoSkill)

  if (-not (Test-Path $Program)) {
    Write-Host "codex-dispatch is not installed: $Program"
    return
  }
  if (-not $NoSkill) {
    & $Program skill uninstall
    if ($LASTEXITCODE -ne 0) { Write-Host 'The skill could not be taken away; why stands above.' }
  }
  Remove-Item -Force $Program
  Write-Host "codex-dispatch is removed: $Program. What runs left in repositories (.codex-dispatch) stays."
}

if ($true) { Install-CodexDispatch -Version $Version -NoSkill:$NoSkill -Uninstall:$Uninstall }
